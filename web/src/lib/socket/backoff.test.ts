import { expect, test } from 'vitest';
import { Backoff, restartDelay } from './backoff';

test('the pause is anything up to five seconds at first and up to a minute later', () => {
  const longest = new Backoff(() => 1);
  expect([1, 2, 3, 4, 5, 6].map(() => longest.next())).toEqual([5000, 10000, 20000, 40000, 60000, 60000]);
  expect(new Backoff(() => 0).next()).toBe(0);
});

test('after a success it starts again', () => {
  const backoff = new Backoff(() => 1);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(5000);
});

test('a restarting server says how long to wait, within reason', () => {
  expect(restartDelay('1500')).toBe(1500);
  expect(restartDelay('999999')).toBe(60000);
  for (const nonsense of ['', '-5', 'soon', '1e9', '12345678']) expect(restartDelay(nonsense)).toBeNull();
});
