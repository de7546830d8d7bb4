import { expect, test, vi } from 'vitest';
import type { Event, Room } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

const ADA = 1;
const GRACE = 2;
const room = (id: number, name: string, more: Partial<Room> = {}): Room => {
  return { id, name, seq: 5, read_up_to: 5, seen_up_to: 0, ...more };
};
function arrive(...beside: Room[]) {
  stage.arrive(welcome(1, { beside }), history(1, [message(1, 'hello')]));
  stage.world.wire.say({ type: 'states', reset: true, live: true, seq: 1, states: [] });
}

test('rooms stand as one has put them, on this device and another, and after a reload', async () => {
  const direct: Partial<Room> = { kind: 'direct', name: '', people: [ADA, GRACE] };
  arrive(room(20, 'Workshop'), room(21, 'Attic'), room(30, '', { ...direct, seq: 6 }));
  for (const [id, seq] of [
    [20, 5],
    [21, 5],
    [30, 6],
  ] as const)
    stage.world.wire.say(history(seq, [], { room: id, reset: false }));
  const order = (seq: number, state: object) =>
    ({ type: 'state', seq, kind: 'order', id: ADA, state }) as unknown as Event;
  expect(stage.ada.list.map(({ id, section }) => `${id} ${section}`)).toEqual([
    '30 direct',
    '1 rooms',
    '21 rooms',
    '20 rooms',
  ]);
  // Rooms that she does not have are not drawn.
  stage.world.wire.say(order(2, { pinned: [99, 20], rooms: [98, 21], folded: ['direct'] }));
  const placed = ['20 pinned', '30 direct', '21 rooms', '1 rooms'];
  expect(stage.ada.list.map(({ id, section }) => `${id} ${section}`)).toEqual(placed);
  expect(stage.ada.ordering.order.folded).toEqual(['direct']);
  stage.ada.ordering.wish({ pinned: [30, 20] });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stage.orders).toEqual([{ pinned: [30, 20] }]);
  expect(stage.ada.list[0]).toMatchObject({ id: 30, section: 'pinned', faces: [{ id: GRACE }] });
  stage.world.wire.say(order(3, { pinned: [20], rooms: [21] }));
  stage.ada.putAway();
  await stage.reload();
  expect(stage.ada.list.map(({ id, section }) => `${id} ${section}`)).toEqual(placed);
});
