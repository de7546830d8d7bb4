import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Order } from '../../gen/protocol';
import { Ordering } from './ordering.svelte';

let puts: { order: Order; answer: () => void; fail: () => void }[];
let ordering: Ordering;

beforeEach(() => {
  vi.useFakeTimers();
  puts = [];
  ordering = new Ordering(
    (order) =>
      new Promise((resolve, reject) =>
        puts.push({ order, answer: resolve, fail: () => reject(new Error('Nobody answers.')) }),
      ),
  );
  ordering.told({ pinned: [1] });
});
afterEach(() => vi.useRealTimers());

const later = () => vi.advanceTimersByTimeAsync(1_000);

test('what one wishes is there at once, and said once for many moves', async () => {
  ordering.wish({ pinned: [1, 2] });
  ordering.wish({ pinned: [2, 1] });
  expect(ordering.order).toEqual({ pinned: [2, 1] });
  await later();
  expect(puts.map(({ order }) => order)).toEqual([{ pinned: [2, 1] }]);
  // The old order is told by another device just then, and the granted one before its answer.
  ordering.told({ pinned: [1, 3] });
  ordering.told({ pinned: [2, 1] });
  puts[0]?.answer();
  await later();
  expect(ordering.order).toEqual({ pinned: [2, 1] });
  ordering.told({ pinned: [9] });
  expect(ordering.order).toEqual({ pinned: [9] });
});

test('an answer that comes before what it grants is told does not bring the old order back', async () => {
  ordering.wish({ pinned: [2] });
  await later();
  puts[0]?.answer();
  await later();
  expect(ordering.order).toEqual({ pinned: [2] });
  ordering.told({ pinned: [2] });
  ordering.told({ pinned: [3] });
  expect(ordering.order).toEqual({ pinned: [3] });
});

test('a wish that is not granted is over, and it is said why', async () => {
  ordering.wish({ pinned: [2] });
  await later();
  puts[0]?.fail();
  await later();
  expect([ordering.order, ordering.problem]).toEqual([{ pinned: [1] }, 'Nobody answers.']);
  ordering.wish({ pinned: [3] });
  expect(ordering.problem).toBe('');
});
