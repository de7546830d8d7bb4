import { expect, test } from 'vitest';
import { faultOf, objection, remark } from './fault';

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
