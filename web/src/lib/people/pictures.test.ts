import { expect, test } from 'vitest';
import { pictureAmong, pictureOf, whyNot } from './pictures';

test('a picture has an address of its own, and whoever shows none has none', () => {
  expect(pictureOf(3, { picture: 'a/b' })).toMatch(/\/api\/users\/3\/picture\/a%2Fb$/);
  expect(pictureOf(3, {})).toBeNull();
  expect(pictureOf(3, undefined)).toBeNull();
});

test('what the server would not take is said before it is sent', () => {
  expect(whyNot({ type: 'image/jpeg', size: 5_000_000 })).toBeNull();
  expect(whyNot({ type: 'image/svg+xml', size: 10 })).toContain('PNG');
  expect(whyNot({ type: 'image/png', size: 8 * 1024 * 1024 + 1 })).toContain('8 MB');
});

test('of what is dropped the picture is taken', () => {
  const file = (type: string) => new File([], 'x', { type });
  const [text, png] = [file('text/plain'), file('image/png')];
  expect(pictureAmong([text, png])).toBe(png);
  expect(pictureAmong([text])).toBe(text);
  expect(pictureAmong([])).toBeNull();
});
