import { expect, test } from 'vitest';
import { segments } from './links';

const links = (text: string) => segments(text).flatMap((part) => (part.href ? [part.text] : []));

test('web and mail addresses become links, as they were typed', () => {
  expect(links('see https://example.org/a?b=c#d and mailto:ada@example.org')).toEqual([
    'https://example.org/a?b=c#d',
    'mailto:ada@example.org',
  ]);
});

test('nothing that was typed gets lost', () => {
  for (const text of [
    '',
    'plain',
    '  a https://x.org, b\n(https://y.org/z) ',
    'https://',
    'http://[',
    '<b>https://x.org</b>',
  ]) {
    expect(
      segments(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  }
});

test('the punctuation of the sentence is not part of the address', () => {
  expect(links('Is it https://x.org/a? (https://x.org/b) “https://x.org/c”, https://x.org/d_(e).')).toEqual([
    'https://x.org/a',
    'https://x.org/b',
    'https://x.org/c',
    'https://x.org/d_(e)',
  ]);
});

test('other schemes stay plain', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://x.org',
    'xhttps://x.org',
  ]) {
    expect(links(text)).toEqual([]);
  }
});

test('an address that hides or turns its letters stays plain', () => {
  expect(links('https://exam\u202Eple.org')).toEqual([]);
  expect(links('https://exam\u200Bple.org')).toEqual([]);
});

test('a foreign-looking host is shown as the browser would ask for it', () => {
  expect(segments('https://аpple.com/')[0]?.host).toMatch(/^xn--/);
});

test('eight thousand characters of bait are split without losing one', () => {
  for (const bait of [
    'https://'.repeat(1000),
    'https://x.org/' + ')'.repeat(7980),
    'mailto:'.repeat(1140),
    '('.repeat(8000),
  ]) {
    expect(
      segments(bait)
        .map((part) => part.text)
        .join(''),
    ).toBe(bait);
  }
});
