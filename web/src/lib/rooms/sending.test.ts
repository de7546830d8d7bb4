import { expect, test, vi } from 'vitest';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, settled, stage } from './stage';

setsTheStage();

async function says(...texts: string[]) {
  await Promise.all(texts.map((text) => stage.lobby.say(text)));
}

test('one’s own message is there at once and keeps its row when it is stored', async () => {
  stage.arriveWith(1);
  const kept = says('hi');
  const [, row] = stage.lobby.rows;
  expect(row).toMatchObject({ text: 'hi', own: true, message: null });
  expect(stage.sends).toEqual([]);
  await kept;
  const { ref } = stage.world.wire.last;
  expect(stage.world.wire.last).toMatchObject({ type: 'send', text: 'hi', nonce: 'n1', room: 1 });
  stage.world.wire.say({ type: 'ok', ref: ref!, id: 1002, seq: 2, time: message(2, '').time });
  await settled();
  expect(stage.lobby.rows[1]!.unsent?.seq).toBe(2);
  stage.world.wire.say({ type: 'message', ...message(2, 'hi', { user: 'Ada', nonce: 'n1' }) });
  expect(stage.lobby.rows).toHaveLength(2);
  expect(stage.lobby.rows[1]).toMatchObject({ key: row!.key, unsent: null });
  expect(stage.shelf.unsent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(stage.shelf.unsent).toEqual([]);
  expect(stage.shelf.held.get(1)?.messages.at(-1)?.nonce).toBe('n1');
});

test('another person’s nonce does not pass for one’s own', async () => {
  stage.arriveWith(0);
  await says('hi');
  stage.world.wire.say({ type: 'message', ...message(1, 'fake', { nonce: 'n1' }) });
  expect(stage.texts).toEqual(['fake', 'hi']);
  expect(new Set(stage.lobby.rows.map((row) => row.key)).size).toBe(2);
});

test('messages written while away go out in order, once each, when the connection is back', async () => {
  stage.arriveWith(0);
  await says('one');
  stage.world.wire.end();
  await settled();
  await says('two');
  expect(stage.texts).toEqual(['one', 'two']);
  await vi.advanceTimersByTimeAsync(5000);
  const stored = message(1, 'one', { user: 'Ada', nonce: 'n1' });
  stage.arrive(welcome(1), history(1, [stored], { reset: false }));
  await settled();
  expect(stage.sends).toMatchObject([{ nonce: 'n2' }]);
});

test('a refused message waits for its author, who tries again or lets it go', async () => {
  stage.arriveWith(0);
  await says('one');
  stage.world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: stage.world.wire.last.ref!,
  });
  await settled();
  expect(stage.lobby.rows[0]!.unsent?.problem).toBe('The disk is full.');
  stage.ada.outbox.retry('n1');
  await settled();
  expect(stage.world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
  stage.world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: stage.world.wire.last.ref!,
  });
  await settled();
  stage.ada.outbox.discard('n1');
  expect(stage.lobby.rows).toEqual([]);
});

test('a message whose nonce is another one’s is refused for good, and tried again under a new one', async () => {
  stage.arriveWith(0);
  await says('one', 'two');
  const { ref } = stage.sends[0]!;
  const text = 'This nonce names another message.';
  stage.world.wire.say({
    type: 'error',
    code: 'nonce_reused',
    message: text,
    ref: ref!,
    field: 'nonce',
    id: 7,
  });
  await settled();
  expect(stage.lobby.rows[0]!.unsent?.problem).toBe(text);
  expect(stage.sends).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  expect(stage.shelf.unsent.map((entry) => entry.text).sort()).toEqual(['one', 'two']);
  stage.world.wire.say({ type: 'ok', ref: stage.sends[1]!.ref!, id: 1, seq: 1, time: '' });
  await settled();
  const [first] = stage.sends;
  stage.ada.outbox.retry(stage.lobby.rows.find((row) => row.text === 'one')!.unsent!.nonce);
  await settled();
  expect(stage.world.wire.last).toMatchObject({ type: 'send', text: 'one' });
  expect(stage.sends.at(-1)!.nonce).not.toBe(first!.nonce);
});

test('whoever writes too fast is slowed down, not refused', async () => {
  stage.arriveWith(0);
  await says('one');
  const { ref } = stage.world.wire.last;
  stage.world.wire.say({
    type: 'error',
    code: 'rate_limited',
    message: 'Slowly.',
    ref: ref!,
    retry_after: 2,
  });
  await settled();
  expect(stage.lobby.rows[0]!.unsent?.problem).toBeNull();
  await vi.advanceTimersByTimeAsync(2000);
  expect(stage.world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
});

test('what was unsent before a reload goes out after it, in order and under the same nonces', async () => {
  stage.arriveWith(2);
  stage.world.wire.end();
  await says('first', 'second');
  await stage.reload();
  expect(stage.texts).toEqual(['m1', 'm2', 'first', 'second']);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 1, seq: 2 }], epoch: 'first' });
  const stored = message(3, 'first', { user: 'Ada', nonce: 'n1' });
  stage.world.wire.say(welcome(3), history(3, [stored], { reset: false }));
  await settled();
  expect(stage.sends).toMatchObject([{ text: 'second', nonce: 'n2' }]);
  expect(stage.texts).toEqual(['m1', 'm2', 'first', 'second']);
});

test('a refused message is still refused after a reload, and one that was let go is gone', async () => {
  stage.arriveWith(0);
  await says('kept', 'let go');
  for (const nonce of ['n1', 'n2']) {
    const { ref } = stage.sends.find((send) => send.nonce === nonce)!;
    stage.world.wire.say({ type: 'error', code: 'storage_full', message: 'The disk is full.', ref: ref! });
    await settled();
  }
  stage.ada.outbox.discard('n2');
  await stage.reload();
  expect(stage.lobby.rows).toMatchObject([{ text: 'kept', unsent: { problem: 'The disk is full.' } }]);
});

test('what the held log already shows is not shown as unsent beside it', async () => {
  stage.arriveWith(0);
  await says('one');
  const entry = stage.shelf.unsent[0]!;
  stage.world.wire.say({ type: 'message', ...message(1, 'one', { user: 'Ada', nonce: 'n1' }) });
  await vi.advanceTimersByTimeAsync(300);
  stage.shelf.left = [entry];
  await stage.reload();
  expect(stage.lobby.rows).toMatchObject([{ key: 'own n1', unsent: null }]);
});

const left = (at: number, room = 1) => ({
  nonce: `other ${at}`,
  room,
  text: `${at}`,
  at,
  problem: null,
  seq: null,
});

test('what a page wrote that was closed offline is sent by one that comes back', async () => {
  stage.arriveWith(0);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.shelf.left = [left(2), left(1)];
  stage.arrive(welcome(0), history(0, [], { reset: false }));
  await settled();
  expect(stage.texts).toEqual(['1', '2']);
  expect(stage.sends).toMatchObject([{ nonce: 'other 1' }, { nonce: 'other 2', after: 'other 1' }]);
});

test('what was written for another room is sent there, and is not shown in this one', async () => {
  stage.shelf.unsent = [left(1, 2), left(2)];
  await stage.reload();
  const workshop = { id: 2, name: 'Workshop', seq: 0, read_up_to: 0, seen_up_to: 0 };
  stage.arrive(welcome(0, { beside: [workshop] }), history(0, [], { room: 2 }), history(0, []));
  await settled();
  expect(stage.texts).toEqual(['2']);
  expect(stage.sends).toMatchObject([
    { nonce: 'other 1', room: 2 },
    { nonce: 'other 2', room: 1 },
  ]);
  stage.world.wire.say({ type: 'ok', ref: stage.sends[0]!.ref!, id: 5, seq: 1, time: '' });
  await settled();
  const stored = { user: 'Ada', nonce: 'other 1', room: 2 };
  stage.world.wire.say({ type: 'message', ...message(1, '1', stored) });
  expect(stage.texts).toEqual(['2']);
  await vi.advanceTimersByTimeAsync(300);
  expect(stage.ada.outbox.entries).toMatchObject([{ nonce: 'other 2' }]);
});

test('what a page could not send that is closed, and not reloaded, is sent by one that is connected', async () => {
  stage.arriveWith(0);
  await settled();
  stage.shelf.left = [left(1)];
  stage.shelf.closed();
  await vi.advanceTimersByTimeAsync(500);
  expect(stage.sends).toEqual([]);
  await vi.advanceTimersByTimeAsync(500);
  expect(stage.sends).toMatchObject([{ nonce: 'other 1' }]);
});

test('a page that is not connected leaves to others what a closed one could not send', async () => {
  stage.shelf.left = [left(1)];
  stage.shelf.closed();
  await vi.advanceTimersByTimeAsync(1000);
  expect(stage.texts).toEqual([]);
});

test('the end of the session takes the messages from the shelf, and logging out everything', async () => {
  stage.arriveWith(1);
  stage.world.wire.end(4001, 'over');
  expect(stage.shelf.forgotten).toBe('messages');
  await stage.ada.forget();
  expect(stage.shelf.forgotten).toBe('everything');
  stage.shelf.held.clear();
  await vi.advanceTimersByTimeAsync(1000);
  expect(stage.shelf.held.size).toBe(0);
});
