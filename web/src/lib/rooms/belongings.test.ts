import { expect, test, vi } from 'vitest';
import type { Room } from '../../gen/protocol';
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
