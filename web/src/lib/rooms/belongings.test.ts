import { expect, test, vi } from 'vitest';
import type { Event, Room } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

const room = (id: number, name: string): Room => ({ id, name, seq: 5, read_up_to: 5, seen_up_to: 0 });

test('whatever a hello does not name any more leaves the browser, from wherever it lies', async () => {
  stage.arrive(welcome(1, { beside: [room(20, 'Workshop')] }), history(1, [message(1, 'hello')]));
  // Of what this tab has kept, no page holds anything but the Workshop.
  stage.tab.put('draft 1 20', 'a draft of mine');
  stage.tab.put('draft 1 77', 'a draft of long ago');
  stage.tab.put('place 77', '{"row":"id 5","below":1}');
  stage.ada.drafts.keep(1, 'stays');
  stage.ada.edits.keep({ handle: 5, room: 77, seq: 5, text: 'an edit of long ago' });
  await stage.ada.outbox.add(77, 'unsent of long ago');
  await stage.ada.outbox.add(1, 'stays, too');
  await stage.shelf.hold(
    [{ ...(stage.shelf.held.get(1) as never as object), room: room(77, 'Lost') } as never],
    [],
  );
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.arrive(welcome(1), history(1, [], { reset: false }));
  await vi.advanceTimersByTimeAsync(500);
  const tab = stage.tab.names().map((name) => `${name}: ${stage.tab.get(name)}`);
  expect(tab).toEqual(['draft 1 1: stays']);
  expect([stage.ada.edits.all, stage.ada.outbox.entries.map(({ text }) => text)]).toEqual([
    [],
    ['stays, too'],
  ]);
  expect(stage.shelf.unsent.map(({ text }) => text)).toEqual(['stays, too']);
  expect([...stage.shelf.held.keys()]).toEqual([1]);
});

test('a room that one has come into since the page was opened is there after a reload, as it was', async () => {
  stage.arrive(welcome(1), history(1, [message(1, 'hello')]));
  stage.world.wire.say({ type: 'states', reset: true, states: [], seq: 1, live: true });
  const mark = { kind: 'mark', id: 20, state: { up_to: 7, listed: true } } as const;
  const is = { seq: 1, kind: 'room', id: 20, state: { kind: 'open', name: 'Workshop' } } as const;
  const log = { ...history(7, [message(7, 'hi', { room: 20 })], { room: 20 }), states: [is] };
  stage.world.wire.say({ type: 'state', seq: 2, ...mark }, log as Event);
  stage.ada.putAway();
  await stage.reload();
  expect([stage.ada.list.map(({ name }) => name), stage.textsIn(20)]).toEqual([
    ['Lobby', 'Workshop'],
    ['hi'],
  ]);
});
