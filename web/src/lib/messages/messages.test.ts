import { expect, test } from 'vitest';
import { faultOf, objection, remark } from './fault';
import { isTall } from './length';
import { ScrollPosition } from './scroll.svelte';

test('characters are counted as the server counts them', () => {
  expect(remark('x'.repeat(8000))).toBe('0 characters left');
  expect(remark('🜁'.repeat(8000))).toBe('0 characters left');
  expect(remark('x'.repeat(8001))).toBe('1 characters too many');
  expect(remark('🜁'.repeat(8003))).toBe('3 characters too many');
  expect([remark('🜁'.repeat(4000)), remark('🜁'.repeat(7499)), remark('')]).toEqual(['', '', '']);
  expect(remark('🜁'.repeat(7500))).toBe('500 characters left');
});

test('what the server would refuse is told before it is sent, and nothing else is', () => {
  const faults = {
    torn: ['half \ud83d emoji', '\ude00', '\ud83d\ud83d\ude00', '\ude00\ud83d', `\ud83d${'x'.repeat(9000)}`],
    long: ['x'.repeat(8001), ' '.repeat(8001), '\0'.repeat(8001), '😀'.repeat(8001)],
    nul: ['a\0b', '\0'],
    // White space, controls, joiners, fillers, tags: also beyond the first plane, and some that no browser calls space.
    blank: [
      '',
      '  ',
      ' \n\t',
      '\u200b\u2060',
      '\u2800\u3164',
      '\ufffc',
      '\ufdd0',
      '\u{e0067}\u{e007f}',
      '\u{1d159}',
    ],
  } as const;
  for (const [fault, texts] of Object.entries(faults))
    for (const text of texts) {
      expect(faultOf(text), JSON.stringify(text.slice(0, 20))).toBe(fault);
      expect(objection(text)).toMatch(/half|too many|hold|nothing/);
    }
  for (const text of [
    'a',
    '😀',
    '\uffff.',
    '\u{1f1e9}\u{1f1ea}',
    '\u0301',
    '\u06dd',
    '\u2801',
    'ما',
    '\u202ex',
  ])
    expect([faultOf(text), objection(text)], text).toEqual([null, null]);
});

test('very tall messages are shown by their beginning', () => {
  expect(isTall('\n'.repeat(7999))).toBe(true);
  expect(isTall('x'.repeat(8000))).toBe(true);
  expect(isTall('three\nlines\nhere')).toBe(false);
});

test('the reader leaves the newest by scrolling up, and not by what happens around them', () => {
  const scroll = new ScrollPosition();
  scroll.scrolled({ top: 400, height: 1000, view: 600 }, 0);
  expect(scroll.scrolled({ top: 300, height: 1000, view: 600 }, 0)).toBe(false);
  expect(scroll.atNewest).toBe(false);
  scroll.scrolled({ top: 400, height: 1000, view: 600 }, 0);
  expect(scroll.atNewest).toBe(true);
  expect(scroll.scrolled({ top: 350, height: 1200, view: 600 }, 0)).toBe(true);
  expect(scroll.atNewest).toBe(true);
  scroll.resized({ top: 700, height: 1300, view: 600 });
  expect(scroll.scrolled({ top: 500, height: 1300, view: 600 }, 0)).toBe(false);
  expect(scroll.atNewest).toBe(false);
});

test('a list that grows in the same moment does not undo what the reader’s hand did', () => {
  const scroll = new ScrollPosition();
  scroll.scrolled({ top: 1390, height: 2000, view: 600 }, 0);
  scroll.pulled(100);
  expect(scroll.scrolled({ top: 490, height: 2600, view: 600 }, 110)).toBe(false);
  expect(scroll.atNewest).toBe(false);
  scroll.scrolled({ top: 2000, height: 2600, view: 600 }, 120);
  expect(scroll.scrolled({ top: 1900, height: 2700, view: 600 }, 5000)).toBe(true);
  expect(scroll.scrolled({ top: 1800, height: 2600, view: 600 }, 5010)).toBe(true);
  expect(scroll.atNewest).toBe(true);
});
