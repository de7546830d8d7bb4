import { expect, test } from 'vitest';
import { endOf, statusAt } from './status';

/** A Wednesday, in the afternoon. */
const now = new Date(2026, 10, 25, 15, 20).getTime();

test('a status ends when it was said to, by the clock of whoever said it', () => {
  const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();
  expect(endOf('never', now)).toBeUndefined();
  expect(endOf('half', now)).toBe(at(2026, 10, 25, 15, 50));
  expect(endOf('hour', now)).toBe(at(2026, 10, 25, 16, 20));
  expect(endOf('four', now)).toBe(at(2026, 10, 25, 19, 20));
  expect(endOf('today', now)).toBe(at(2026, 10, 26, 0, 0));
  expect(endOf('week', now)).toBe(at(2026, 10, 30, 0, 0));
  const sunday = new Date(2026, 10, 29, 23, 59).getTime();
  const monday = new Date(2026, 10, 30, 0, 0).getTime();
  expect([sunday, monday].map((from) => endOf('week', from))).toEqual([
    at(2026, 10, 30, 0, 0),
    at(2026, 11, 7, 0, 0),
  ]);
});

test('what is over is left out, at that very moment', () => {
  const status = { text: 'At lunch', until: new Date(now).toISOString() };
  expect([now - 1, now].map((at) => statusAt(at, { status }))).toEqual([status, null]);
  expect(statusAt(now, { status: { emoji: '🍲' } })).toEqual({ emoji: '🍲' });
  expect([statusAt(now, {}), statusAt(now, undefined)]).toEqual([null, null]);
});
