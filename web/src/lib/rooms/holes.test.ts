import { expect, test, vi } from 'vitest';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, settled, stage } from './stage';

setsTheStage();

test('older messages come before the first, page by page, until there are none', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.lobby.fill('older');
  void stage.lobby.fill('older');
  expect(stage.pages.map((page) => page.before)).toEqual([9]);
  stage.pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: false });
  await settled();
  expect(stage.texts).toEqual(['seven', 'eight', 'nine']);
  await stage.lobby.fill('older');
  expect(stage.pages).toHaveLength(1);
});

test('a change that overtakes the page it belongs to is not lost', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.lobby.fill('older');
  stage.world.wire.say({
    type: 'edit',
    id: 1007,
    text: 'SEVEN',
    time: '2026-11-23T15:04:06.123Z',
    room: 1,
    seq: 10,
  });
  stage.world.wire.say({ type: 'delete', id: 1008, room: 1, seq: 11 });
  stage.pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: true });
  await settled();
  expect(stage.texts).toEqual(['SEVEN', 'nine']);
});

test('a page that does not come is said so and can be asked for again', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.lobby.fill('older');
  stage.pages[0]!.fail();
  await settled();
  expect(stage.lobby.filling.failed).toBe('older');
  void stage.lobby.fill('older');
  expect(stage.pages).toHaveLength(2);
  expect(stage.lobby.filling.failed).toBe(null);
});

test('a page asked for before a reset does not come into what follows it', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.lobby.fill('older');
  stage.world.wire.say(welcome(1, { epoch: 'second' }), history(1, [message(1, 'anew')]));
  stage.pages[0]!.answer({ messages: [message(8, 'eight')], more: false });
  await settled();
  expect(stage.texts).toEqual(['anew']);
});

/** Ada holds the newest two of a room of nine, and then the oldest two. */
async function atOldest() {
  stage.arrive(welcome(9), history(9, [message(8, 'eight'), message(9, 'nine')], { more: true }));
  void stage.lobby.fill('oldest');
  expect(stage.pages.map(({ after }) => after)).toEqual([0]);
  stage.pages[0]!.answer({ messages: [message(1, 'one'), message(2, 'two')], more: true });
  await settled();
}

test('the oldest page comes by one request, and what follows page by page, up to the newest', async () => {
  await atOldest();
  expect([stage.texts, stage.lobby.filling.next]).toEqual([['one', 'two'], 'newer']);
  void stage.lobby.fill('newer');
  stage.world.wire.say({ type: 'message', ...message(10, 'ten') });
  stage.pages[1]!.answer({ messages: [message(3, 'three'), message(6, 'six')], more: true });
  await settled();
  expect([stage.pages[1]!.after, stage.texts]).toEqual([2, ['one', 'two', 'three', 'six']]);
  void stage.lobby.fill('newer');
  stage.pages[2]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: true });
  await settled();
  expect(stage.texts).toEqual(['one', 'two', 'three', 'six', 'seven', 'eight', 'nine', 'ten']);
  expect(stage.lobby.filling.next).toBe(null);
});

test('the newest are there at once, with what was written and what has come meanwhile', async () => {
  await atOldest();
  stage.world.wire.say({ type: 'message', ...message(10, 'ten') });
  void stage.lobby.say('Hello.');
  expect(stage.texts).toEqual(['one', 'two']);
  stage.lobby.timeline.showNewest();
  expect(stage.texts).toEqual(['eight', 'nine', 'ten', 'Hello.']);
  expect([stage.lobby.filling.next, stage.pages.length]).toEqual(['older', 1]);
});

test('the last wish counts, whatever comes of an earlier one', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.lobby.fill('older');
  void stage.lobby.fill('oldest');
  expect(stage.lobby.filling.wish).toBe('oldest');
  stage.pages[0]!.fail();
  await settled();
  expect([stage.lobby.filling.wish, stage.lobby.filling.failed]).toEqual(['oldest', null]);
  stage.pages[1]!.fail();
  await settled();
  expect([stage.lobby.filling.wish, stage.lobby.filling.failed]).toEqual([null, 'oldest']);
});

test('a page that was asked for at the oldest messages is none for the newest', async () => {
  await atOldest();
  void stage.lobby.fill('newer');
  stage.lobby.timeline.showNewest();
  expect(stage.lobby.filling.wish).toBe(null);
  void stage.lobby.fill('older');
  stage.pages[1]!.answer({ messages: [message(3, 'three')], more: true });
  await settled();
  expect([stage.texts, stage.lobby.filling.wish]).toEqual([['eight', 'nine'], 'older']);
});

test('what is kept for the next visit are the newest messages, wherever one reads', async () => {
  await atOldest();
  stage.world.wire.say({ type: 'message', ...message(10, 'ten') });
  stage.ada.putAway();
  expect(stage.shelf.held.get(1)?.messages.map(({ text }) => text)).toEqual(['eight', 'nine', 'ten']);
  expect(stage.shelf.held.get(1)?.more).toBe(true);
  await stage.reload();
  expect([stage.texts, stage.lobby.filling.next]).toEqual([['eight', 'nine', 'ten'], 'older']);
});

test('after a loss, what changed in what is held is right, and nothing of what is missing is shown', async () => {
  await atOldest();
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  const changed = [message(1, 'ONE'), message(4, 'FOUR'), message(9, 'NINE'), message(13, 'thirteen')];
  stage.arrive(welcome(13), history(13, changed, { reset: false, deleted: [1002, 1005, 1008] }));
  expect(stage.texts).toEqual(['ONE']);
  stage.lobby.timeline.showNewest();
  expect(stage.texts).toEqual(['NINE', 'thirteen']);
});

test('another epoch begins at its newest messages', async () => {
  await atOldest();
  stage.world.wire.say(welcome(3, { epoch: 'second' }), history(3, [message(3, 'anew')], { more: true }));
  expect([stage.texts, stage.lobby.filling.next]).toEqual([['anew'], 'older']);
});

test('an edit of a message that is missing waits for it, and is kept when it turns out to be gone', async () => {
  const own = (seq: number) => message(seq, `own ${seq}`, { user: 'Ada' });
  const types = (seq: number) =>
    stage.ada.edits.keep({ handle: 1000 + seq, room: 1, seq, text: `better ${seq}` });
  stage.arrive(welcome(9), history(9, [own(9)], { more: true }));
  for (const seq of [1, 3, 4]) types(seq);
  const oldest = stage.lobby.fill('oldest');
  stage.pages[0]!.answer({ messages: [own(1), own(2)], more: true });
  await oldest;
  stage.lobby.timeline.showNewest();
  stage.world.wire.say({ type: 'message', ...message(10, 'ten') });
  expect(stage.ada.edits.all.map(({ seq }) => seq)).toEqual([1, 3, 4]);
  const older = stage.lobby.fill('older');
  stage.pages[1]!.answer({ messages: [own(2), own(3), own(5)], more: true });
  await older;
  expect(stage.ada.edits.all.map(({ seq }) => seq)).toEqual([1, 3]);
  expect(stage.ada.outbox.entries.map(({ text }) => text)).toEqual(['better 4']);
});
