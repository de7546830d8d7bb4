import { expect, test } from 'vitest';
import { Backoff, restartDelay } from './backoff';

const TIMES = [1, 2, 3, 4, 5, 6];

test('a page that nobody sees waits anything up to five seconds at first and up to a minute later', () => {
  const longest = new Backoff(() => 1);
  expect(TIMES.map(() => longest.next(false))).toEqual([5000, 10000, 20000, 40000, 60000, 60000]);
  expect(new Backoff(() => 0).next(false)).toBe(0);
});

test('a page that somebody sees waits no longer than five seconds, however often and whatever it waited unseen', () => {
  const longest = new Backoff(() => 1);
  expect(TIMES.map(() => longest.next(true))).toEqual(TIMES.map(() => 5000));
  TIMES.forEach(() => longest.next(false));
  expect(longest.next(true)).toBe(5000);
});

test('after a success it starts again', () => {
  const backoff = new Backoff(() => 1);
  backoff.next(false);
  backoff.next(false);
  backoff.reset();
  expect(backoff.next(false)).toBe(5000);
});

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When each of so many pages tries, from a server's end until they are back at one that returns after `away`. */
function attempts(pages: number, away: number, random: () => number): number[][] {
  return Array.from({ length: pages }, () => {
    const backoff = new Backoff(random);
    const times = [backoff.next(true)];
    while (times.at(-1)! < away) times.push(times.at(-1)! + backoff.next(true));
    return times;
  });
}

test.each([1, 2, 3, 4, 5])(
  'a4_three thousand visible pages are back in time and in no storm, whenever the server is: %s',
  (seed) => {
    const random = dice(seed);
    for (const away of [100, 3_000, 25_000, 60_000]) {
      const all = attempts(3_000, away, random);
      const back = all.map((times) => times.at(-1)! - away);
      expect(Math.max(...back)).toBeLessThanOrEqual(5_000);
      // Every tenth of a second brings its share and no more: the mean of full jitter is half of the longest pause.
      const arrivals = Array<number>(51).fill(0);
      for (const time of back) arrivals[Math.floor(time / 100)]! += 1;
      expect(Math.max(...arrivals)).toBeLessThan((3_000 / 25) * 1.6);
    }
  },
);

test.each([1, 2, 3])(
  'a hundred people behind one address try no oftener than their network may: %s',
  (seed) => {
    const times = attempts(100, 120_000, dice(seed))
      .flat()
      .sort((one, other) => one - other);
    // 2,000 at once, and 100 a second: see crates/server/src/throttle.rs. Half of it is for what the pages ask besides.
    let left = 1_000;
    for (const [index, time] of times.entries()) {
      left = Math.min(1_000, left + (time - (times[index - 1] ?? 0)) / 20) - 1;
      expect(left).toBeGreaterThan(500);
    }
  },
);

test('a restarting server says how long to wait, within reason', () => {
  expect(restartDelay('1500')).toBe(1500);
  expect(restartDelay('999999')).toBe(60000);
  for (const nonsense of ['', '-5', 'soon', '1e9', '12345678']) expect(restartDelay(nonsense)).toBeNull();
});
