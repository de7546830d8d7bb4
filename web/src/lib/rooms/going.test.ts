import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomId } from '../../gen/protocol';
import { Places } from '../messages/places';
import { Going } from './going.svelte';
import type { HeldRoom } from './room.svelte';

/** A line that has nothing but a room on screen. */
class Screen {
  readonly places = new Places({ get: () => null, put: () => false, drop: () => undefined, names: () => [] });
  shown = { id: 0 } as HeldRoom;
  readonly rooms: RoomId[] = [];
  show(id: RoomId): void {
    this.shown = { id } as HeldRoom;
    this.rooms.push(id);
  }
}

const back = vi.spyOn(history, 'back').mockImplementation(() => undefined);

beforeEach(() => history.replaceState(null, '', '/ui/chat.html'));
afterEach(() => back.mockClear());

test('a room that is left is in order, and is found as it was', () => {
  const spot = { row: 'id 5', below: 7 };
  const screen = new Screen();
  const going = new Going(screen, () => (screen.shown.id === 1 ? spot : null));
  going.hand.edit(5);
  going.open(2);
  expect([going.placeIn(1).spot, going.hand.editing, screen.rooms]).toEqual([spot, null, [1, 2]]);
  expect(going.placeIn(1)).toBe(going.placeIn(1));
});

test('what stands beside a room leaves what is open in the room alone, and what opened it closes it', () => {
  const screen = new Screen();
  const leave = vi.fn(() => null);
  const going = new Going(screen, leave);
  going.hand.edit(5);
  going.show('people');
  going.show('person', 3);
  expect([location.search, going.view]).toEqual(['?view=person&person=3', 'person']);
  const length = history.length;
  going.show('person', 4);
  expect([location.search, history.length]).toEqual(['?view=person&person=4', length]);
  going.show('person', 4);
  expect([back.mock.calls.length, leave.mock.calls.length, going.hand.editing]).toEqual([1, 0, 5]);
});

test('a room that was found beside another takes the place of both', () => {
  const screen = new Screen();
  const going = new Going(screen, () => null);
  going.show('find');
  const length = history.length;
  going.open(7);
  expect([location.search, history.length, going.view, screen.rooms]).toEqual([
    '?room=7',
    length,
    null,
    [1, 7],
  ]);
});

test('whoever loses a room has nothing of it beside them', () => {
  history.replaceState(null, '', '/ui/chat.html?room=7&view=members');
  const going = new Going(new Screen(), () => null);
  going.follow(7);
  expect(going.view).toBe('members');
  going.follow(1);
  expect([location.search, going.view]).toEqual(['', null]);
});
