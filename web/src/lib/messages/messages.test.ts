import { expect, test } from 'vitest';
import { isTall } from './length';
import { ScrollPosition } from './scroll.svelte';

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
