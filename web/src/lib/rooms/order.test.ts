import { expect, test } from 'vitest';
import { ORDERED_MAX, type Order } from '../../gen/protocol';
import { folding, isFolded, moving, NO_ORDER, pinning, placing } from './order';

const rows = (order: Order, direct: number[], rooms: number[]) => [
  ...order.pinned.map((id) => ({ id, section: 'pinned' as const })),
  ...direct.map((id) => ({ id, section: 'direct' as const })),
  ...rooms.map((id) => ({ id, section: 'rooms' as const })),
];

test('a room is pinned behind the others, and unpinned', () => {
  const both = pinning(pinning(NO_ORDER, 3), 7);
  expect(both).toEqual({ pinned: [3, 7] });
  expect(pinning(both, 3)).toEqual({ pinned: [7] });
});

test('a room changes places with its neighbour, and the first move by hand keeps all others where they are', () => {
  const list = rows({ pinned: [9, 8] }, [5, 6], [1, 2, 3]);
  expect(moving({ pinned: [9, 8] }, list, 3, -1)).toEqual({ pinned: [9, 8], rooms: [1, 3, 2] });
  expect(moving({ pinned: [9, 8] }, list, 1, 1)).toEqual({ pinned: [9, 8], rooms: [2, 1, 3] });
  expect(moving({ pinned: [9, 8] }, list, 8, -1)).toEqual({ pinned: [8, 9] });
  // At an end, and among direct rooms, there is nowhere to go.
  for (const [id, step] of [
    [1, -1],
    [3, 1],
    [5, 1],
    [99, 1],
  ] as const)
    expect(moving({ pinned: [9, 8] }, list, id, step)).toBeNull();
});

test('a room is put before another one, from one section into another, and what is not drawn keeps its place', () => {
  const order = { pinned: [9, 40], rooms: [3, 41, 1] };
  const list = rows({ pinned: [9] }, [5], [3, 1, 2]);
  expect(placing(order, list, 2, 'pinned', 9)).toEqual({ pinned: [2, 9, 40], rooms: [3, 41, 1] });
  expect(placing(order, list, 9, 'rooms', 1)).toEqual({ pinned: [40], rooms: [3, 9, 1, 2, 41] });
  expect(placing(order, list, 3, 'rooms', null)).toEqual({ pinned: [9, 40], rooms: [1, 2, 3, 41] });
});

test('a section is folded and unfolded, and no more is said than the server takes', () => {
  const folded = folding({ pinned: [1] }, 'direct');
  expect([folded, isFolded(folded, 'direct'), isFolded(folded, 'rooms')]).toEqual([
    { pinned: [1], folded: ['direct'] },
    true,
    false,
  ]);
  expect(folding(folded, 'direct')).toEqual({ pinned: [1] });
  const many = Array.from({ length: ORDERED_MAX }, (_, at) => at + 10);
  const full = placing({ pinned: [1] }, rows({ pinned: [1] }, [], many), 10, 'rooms', null);
  expect([full.pinned.length, full.rooms?.length]).toEqual([1, ORDERED_MAX - 1]);
});
