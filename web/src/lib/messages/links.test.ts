import { expect, test } from 'vitest';
import { segments } from './links';

const marked = (text: string) =>
  segments(text)
    .map((part) => (part.href ? `⸠${part.text}⸡` : part.text))
    .join('');

/** Links stand between ⸠ and ⸡, as in Unicode's own LinkDetectionTest.txt; a line without them leads nowhere. */
const SENTENCES: Record<string, string> = {
  'nothing around it': `
    ⸠https://example.org⸡
    ⸠http://example.org/⸡ and ⸠HTTPS://EXAMPLE.ORG/A⸡
    ⸠https://example.org/a?b=c#d⸡
    ⸠https://example.org/αβγ/δεζ?δ.εφ#λμν⸡
    ⸠https://example.org/%E3%83%95%E3%82%A1?x=%20⸡
    ⸠https://example.org/play/a,b;c=1/0,,9065-2473189,00.html⸡
    ⸠https://example.org/ruby-talk@ruby-lang.org/⸡
    ⸠https://web.example.org/2020/https://example.org/⸡`,
  'the sentence’s own punctuation': `
    See ⸠https://example.org/a⸡. And ⸠https://example.org⸡!
    Is it ⸠https://example.org/a⸡? Or ⸠https://example.org/⸡?
    ⸠https://example.org/a⸡, ⸠https://example.org/b⸡; ⸠https://example.org/c⸡: those
    ⸠https://example.org/a⸡... HTML is so great, ⸠https://example.org/b⸡…
    ⸠https://example.org/a⸡?! and ⸠https://example.org/value-⸡ b
    ⸠https://example.org⸡'s pages, ⸠https://example.org⸡’s pages
    ⸠https://example.org/L’été⸡ and ⸠https://example.org/Lista_d'articles⸡`,
  brackets: `
    (⸠https://example.org/a⸡) [⸠https://example.org/b⸡] {⸠https://example.org/c⸡} <⸠https://example.org/d⸡>
    ⸠https://example.org/The_Lovemakers_(film)⸡ and (⸠https://example.org/a_(b)⸡).
    ⸠https://example.org/?foo[1]=a&foo[2]={b}⸡
    ⸠https://example.org/α[(β)]γ⸡ and ⸠https://example.org/α[(β⸡])γ
    [text](⸠https://example.org/a⸡), see ⸠https://example.org/a⸡(
    (see (⸠https://example.org/a⸡))`,
  'quotes and marks': `
    “⸠https://example.org/a⸡”, "⸠https://example.org/b⸡" and '⸠https://example.org/c⸡'
    «⸠https://example.org/a⸡» ‹⸠https://example.org/b⸡› „⸠https://example.org/c⸡“ ‘⸠https://example.org/d⸡’
    \`⸠https://example.org/a⸡\` and **⸠https://example.org/a⸡** and _⸠https://example.org/a⸡_
    ~~⸠https://example.org/a⸡~~ ||⸠https://example.org/b⸡|| **⸠https://example.org⸡** _⸠https://example.org⸡_
    ⸠https://example.org/a*b_c~d⸡ | ⸠https://example.org⸡|
    &lt;⸠https://example.org/a⸡&gt; and ⸠https://example.org/?a=1&amp;b=2⸡&quot;.
    ⸠https://example.org/a⸡\\n`,
  'Japanese, Chinese, Korean': `
    ⸠https://example.org/a⸡。ありがとう
    ⸠https://example.org⸡。ありがとう
    ⸠http://127.0.0.1:4173/⸡（…）
    こちら⸠https://example.org/a⸡、または「⸠https://example.org/b⸡」です！
    ⸠https://example.org⸡を見てください。⸠http://127.0.0.1:4173⸡で
    请看⸠https://example.org/a⸡，谢谢；《⸠https://example.org/b⸡》【⸠https://example.org/c⸡】
    ⸠https://example.org⸡입니다. ⸠https://example.org/a⸡？
    ⸠https://ja.example.org/wiki/フィンセント・ファン・ゴッホ⸡
    ⸠https://zh.example.org/wiki/维基大典:當有之文⸡。`,
  'Arabic, Hebrew, Persian': `
    انظر ⸠https://example.org/a⸡، شكرا؟ ⸠https://example.org/b⸡؛
    ⸠https://ar.example.org/wiki/ويكيبيديا:قائمة_مقالات⸡
    ראו ⸠https://example.org/a⸡. (⸠https://he.example.org/wiki/ויקיפדיה:מיזמי/מיזם⸡)
    ⸠https://fa.example.org/wiki/می‌خواهم⸡۔`,
  'Thai, Hindi, Amharic, Armenian, Greek, Tibetan': `
    ดูที่ ⸠https://example.org/a⸡ ครับ ⸠https://example.org⸡ครับ ⸠https://th.example.org/wiki/วิกิพีเดีย⸡๚
    देखें ⸠https://example.org/a⸡। धन्यवाद ⸠https://hi.example.org/wiki/विकिपीडिया:कुछ_लेख⸡॥
    ⸠https://example.org/a⸡። ⸠https://example.org/b⸡։ ⸠https://example.org/c⸡; ⸠https://example.org/d⸡།`,
  hosts: `
    ⸠http://localhost:8000/⸡ ⸠http://wiki/⸡ ⸠http://127.0.0.1⸡. ⸠http://my_host.example.org⸡
    ⸠http://[::1]:8000/a⸡ ([⸠http://[2001:db8::1]⸡])
    ⸠https://example.org:8443⸡: here, ⸠https://example.org⸡:here, ⸠https://example.org:80⸡.
    ⸠http://foo.example.com⸡. and ⸠http://foo.example.com./αβγ⸡
    ⸠https://普遍适用测试.我爱你/测试⸡ ⸠https://تجربة-القبول-الشامل.موريتانيا⸡ ⸠https://मूल.भारत⸡
    ⸠https://Universales-Test.vermögensberatung⸡ ⸠https://xn--bcher-kva.example/⸡ ⸠https://deΩ.uk⸡
    ⸠https://example.org⸡😀 ⸠https://example.org⸡❤️ nice ⸠https://example.org⸡👩‍💻, ⸠https://example.org/🐪/#camel⸡
    http://.foo.example.com/ http://foo..example.com/ http://-foo.example-.com. https://
    http://[::1 http://[x] https://example.org:99999 https://😀.example https://i❤.example/ https://普遍适用测试。我爱你`,
  'no deceit': `
    https://good.example@evil.example/ https://good.example:pass@evil.example https://user@example.org:80/a
    https://good.example%20@evil.example https://good.example@[::1]/ http://john..smith@example.com/foo
    ⸠https://good.example⸡\\@evil.example ⸠https://good.example/⸡\\@evil.example ⸠https://good.example/@evil.example⸡
    https://exam\u202Eple.org https://exam\u200Bple.org https://exam\u200Dple.org https://example.org/\u202Egpj.exe
    https://example.org\u2066/a https://exam\u00ADple.org https://example.org/a\u3164b
    \u2068⸠https://example.org/a⸡\u2069 ⸠https://example.org/b⸡\u200E, ⸠https://example.org⸡\u200F`,
  mail: `
    ⸠mailto:ada@example.org⸡. (⸠mailto:αβγ.δεζ@example.com⸡) ⸠mailto:ada+b@example.org?subject=a%20b⸡。
    ⸠mailto:ada@example.org⸡/foo ⸠mailto:ada@example.org⸡:80 ⸠mailto:ada@example.org⸡、ありがとう
    mailto:.ada@example.com mailto:ada..b@example.com mailto:ada. mailto:@example.com mailto: x`,
  'what is no address': `
    javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd ftp://example.org blob:https
    JavaScript:alert(1) java\tscript:alert(1) xhttps://example.org httpſ://example.org https:/example.org
    https: //example.org example.org www.example.org ada@example.org
    https:// example.org https://. https://.. http:// https://? https://# https://)`,
  'one after the other': `
    https://⸠https://example.org/a⸡ javascript:⸠https://example.org⸡ (git+⸠https://example.org/b⸡)
    <b>⸠https://example.org⸡</b> <a href="⸠https://example.org/a⸡">x</a>
    ⸠https://example.org/a⸡)⸠https://example.org/b⸡、⸠https://example.org/c⸡`,
};

const lines = Object.entries(SENTENCES).flatMap(([kind, text]) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => [kind, line] as const),
);

test.each(lines)('where an address ends, %s: %s', (_, line) => {
  expect(marked(line.replaceAll(/[⸠⸡]/g, ''))).toBe(line);
});

test('nothing that was typed gets lost', () => {
  for (const text of [
    '',
    '  a https://x.org, b\n(https://y.org/z) ',
    'http://[',
    'half \ud83d https://x.org/\ud83d',
  ]) {
    expect(marked(text).replaceAll(/[⸠⸡]/g, '')).toBe(text);
  }
});

test('a host is shown as the browser would ask for it', () => {
  const host = (text: string) => segments(text)[0]?.host;
  expect(host('https://аpple.com/')).toMatch(/^xn--/);
  expect(host('https://example.cоm')).toBe('example.xn--cm-fmc');
  expect(host('https://ｅxample.org')).toBe('example.org');
  expect(host('http://2130706433/')).toBe('127.0.0.1');
  expect(host('mailto:ada@example.org')).toBeNull();
});

test('a word of four thousand letters is looked at letter by letter', () => {
  for (const text of ['x', 'ß', '字', '😀', 'क्'].map((letter) => letter.repeat(4000))) {
    expect(marked(text)).toBe(text);
    expect(marked(`https://example.org/${text}.`)).toBe(`⸠https://example.org/${text}⸡.`);
  }
});

test('no text is looked at more than a few times, whatever it baits with', () => {
  const { codePointAt, charAt } = String.prototype;
  let looks = 0;
  String.prototype.codePointAt = function (at) {
    looks += 1;
    return codePointAt.call(this, at);
  };
  String.prototype.charAt = function (at) {
    looks += 1;
    return charAt.call(this, at);
  };
  const baits =
    'https:// https://a https://a. https://a- https://a@ https://a/ https://x/( mailto: mailto:a mailto:a@ &amp; & ) ( - . 字 a-';
  const worst: [number, string][] = [];
  for (const head of ['', 'https://', 'https://x.org/', 'mailto:a', 'https://[']) {
    for (const bait of baits.split(' ')) {
      for (const tail of ['', ';', '@', '\u200bx']) {
        const text = head + bait.repeat(2000 / bait.length) + tail;
        looks = 0;
        segments(text);
        worst.push([looks / text.length, `${head}${bait}…${tail}`]);
      }
    }
  }
  Object.assign(String.prototype, { codePointAt, charAt });
  expect(worst.filter(([times]) => times > 8)).toEqual([]);
});
