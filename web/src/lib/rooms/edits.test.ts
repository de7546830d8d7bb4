import { expect, test, vi } from 'vitest';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

const own = (seq: number) => message(seq, `own ${seq}`, { user: 'Ada' });
const all = () => stage.ada.edits.all.map(({ text }) => text);
const unsent = () => stage.ada.outbox.entries.map(({ text, problem }) => [text, problem !== null]);

function types(seq: number, text: string) {
  stage.ada.edits.keep({ handle: 1000 + seq, room: 1, seq, text });
}

test('what is typed into edits is there after a reload, each for its message', async () => {
  stage.arrive(welcome(3), history(3, [own(1), own(2), own(3)]));
  types(1, 'one, better');
  types(2, 'two, bet');
  types(2, 'two, better');
  await vi.advanceTimersByTimeAsync(300);
  await stage.reload();
  stage.arrive(welcome(3), history(3, [], { reset: false }));
  expect([stage.ada.edits.of(1001), stage.ada.edits.of(1002), stage.ada.edits.of(1003)]).toEqual([
    'one, better',
    'two, better',
    null,
  ]);
  stage.ada.edits.letGo(1001);
  await stage.reload();
  expect(all()).toEqual(['two, better']);
  expect(unsent()).toEqual([]);
});

test('when its message is deleted elsewhere, what was typed waits as a message that is not sent', async () => {
  stage.arrive(welcome(2), history(2, [own(1), own(2)]));
  types(1, 'better');
  stage.world.wire.say({ type: 'delete', id: 1001, room: 1, seq: 3 });
  expect(all()).toEqual([]);
  expect(unsent()).toEqual([['better', true]]);
  await vi.advanceTimersByTimeAsync(0);
  expect(stage.sends).toEqual([]);
  stage.ada.outbox.retry('n1');
  await vi.advanceTimersByTimeAsync(0);
  expect(stage.sends).toMatchObject([{ text: 'better' }]);
});

test('so it does when the message was deleted while the page was away', async () => {
  stage.arrive(welcome(2), history(2, [own(1), own(2)]));
  types(1, 'better');
  await vi.advanceTimersByTimeAsync(300);
  await stage.reload();
  expect(unsent()).toEqual([]);
  stage.arrive(welcome(3), history(3, [], { reset: false, deleted: [1001] }));
  expect(unsent()).toEqual([['better', true]]);
});

test('a message that is only too old to be held is not taken for deleted', async () => {
  stage.arrive(welcome(9), history(9, [own(5), own(6)], { more: true }));
  types(2, 'two, better');
  types(3, 'three, better');
  stage.world.wire.say({ type: 'message', ...message(10, 'Hello.') });
  expect(all()).toHaveLength(2);
  const older = stage.lobby.fill('older');
  stage.pages[0]!.answer({ messages: [own(2), own(4)], more: true });
  await older;
  expect(all()).toEqual(['two, better']);
  expect(unsent()).toEqual([['three, better', true]]);
});

test('whoever deletes the message lets go of the edit, and so does whoever saves it', async () => {
  stage.arrive(welcome(2), history(2, [own(1), own(2)]));
  types(1, 'one, better');
  types(2, 'two, better');
  const deleted = stage.lobby.deeds.remove(stage.lobby.rows[0]!);
  stage.world.wire.say({ type: 'ok', ref: stage.world.wire.last.ref!, id: 1001, seq: 3 });
  await deleted;
  stage.world.wire.say({ type: 'delete', id: 1001, room: 1, seq: 3 });
  expect(all()).toEqual(['two, better']);
  stage.world.wire.say({
    type: 'edit',
    id: 1002,
    text: 'two, better',
    time: '2026-11-23T15:04:05.123Z',
    room: 1,
    seq: 4,
  });
  expect(all()).toEqual([]);
  expect(unsent()).toEqual([]);
});

test('whoever types back what the message says has nothing to save', () => {
  stage.arrive(welcome(1), history(1, [own(1)]));
  const row = () => stage.lobby.rows[0]!;
  stage.lobby.deeds.keep(row(), 'own 1, better');
  expect(stage.ada.edits.all).toMatchObject([{ handle: 1001, room: 1, seq: 1, text: 'own 1, better' }]);
  stage.lobby.deeds.keep(row(), 'own 1');
  expect(all()).toEqual([]);
});

test('what is typed in the place of a message that is not sent stays with it, and goes when it goes', async () => {
  await stage.lobby.say('half \ud83d');
  stage.ada.edits.keep({ handle: 'n1', room: 1, seq: null, text: 'half of an emo' });
  await stage.reload();
  stage.arriveWith(0);
  expect(stage.ada.edits.of('n1')).toBe('half of an emo');
  expect(unsent()).toHaveLength(1);
  stage.ada.outbox.discard('n1');
  expect(all()).toEqual([]);
});

test('a drawer with something else in it, or that keeps nothing, keeps nobody from editing', async () => {
  for (const kept of ['{', '{}', 'null', '']) {
    stage.drawer.kept = kept;
    await stage.reload();
    stage.arriveWith(0);
    expect(all()).toEqual([]);
    types(1, 'better');
    expect(all()).toEqual(['better']);
  }
});
