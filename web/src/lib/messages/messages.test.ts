import { expect, test } from 'vitest';
import { isTall, measure } from './length';
import { Place } from './place.svelte';
import { dayName, Today } from './times.svelte';

test('characters are counted as the server counts them', () => {
  expect(measure('x'.repeat(8000))).toEqual({ blank: false, tooLong: false, left: 0 });
  expect(measure('🜁'.repeat(8000))).toEqual({ blank: false, tooLong: false, left: 0 });
  expect(measure('x'.repeat(8001))).toMatchObject({ tooLong: true, left: -1 });
  expect(measure('🜁'.repeat(4000)).left).toBeNull();
  expect(measure(' \n\t')).toMatchObject({ blank: true });
});

test('very tall messages are shown by their beginning', () => {
  expect(isTall('\n'.repeat(7999))).toBe(true);
  expect(isTall('x'.repeat(8000))).toBe(true);
  expect(isTall('three\nlines\nhere')).toBe(false);
});

test('the reader leaves the newest by scrolling up, and not by what happens around them', () => {
  const place = new Place();
  place.scrolled({ top: 400, height: 1000, view: 600 }, 0);
  expect(place.scrolled({ top: 300, height: 1000, view: 600 }, 0)).toBe(false);
  expect(place.atNewest).toBe(false);
  place.scrolled({ top: 400, height: 1000, view: 600 }, 0);
  expect(place.atNewest).toBe(true);
  expect(place.scrolled({ top: 350, height: 1200, view: 600 }, 0)).toBe(true);
  expect(place.atNewest).toBe(true);
  place.resized({ top: 700, height: 1300, view: 600 });
  expect(place.scrolled({ top: 500, height: 1300, view: 600 }, 0)).toBe(false);
  expect(place.atNewest).toBe(false);
});

test('a list that grows in the same moment does not undo what the reader’s hand did', () => {
  const place = new Place();
  place.scrolled({ top: 1390, height: 2000, view: 600 }, 0);
  place.pulled(100);
  expect(place.scrolled({ top: 490, height: 2600, view: 600 }, 110)).toBe(false);
  expect(place.atNewest).toBe(false);
  place.scrolled({ top: 2000, height: 2600, view: 600 }, 120);
  expect(place.scrolled({ top: 1900, height: 2700, view: 600 }, 5000)).toBe(true);
  expect(place.scrolled({ top: 1800, height: 2600, view: 600 }, 5010)).toBe(true);
  expect(place.atNewest).toBe(true);
});

test('days are named from where the reader stands', () => {
  const today = new Date(2026, 10, 23, 9).getTime();
  const day = (date: Date) => dayName(date.getTime(), today);
  expect(day(new Date(2026, 10, 23, 0, 0, 1))).toMatch(/today/i);
  expect(day(new Date(2026, 10, 22, 23, 59))).toMatch(/yesterday/i);
  expect(day(new Date(2026, 2, 1))).not.toMatch(/2026/);
  expect(day(new Date(2025, 2, 1))).toMatch(/2025/);
});

test('a page left open learns that it is tomorrow', () => {
  const stop = new Today().start();
  expect(stop).toBeTypeOf('function');
  stop();
});
