import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { history, message, welcome } from '../socket/wires';
import { Stage } from './stage';

let stage: Stage;

beforeEach(() => {
  vi.useFakeTimers();
  stage = new Stage();
});

afterEach(() => {
  stage.ada.connection.stop();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test('one’s own message is there at once and keeps its row when it is stored', async () => {
  stage.arriveWith(1);
  stage.ada.outbox.add('hi');
  const [, row] = stage.ada.rows;
  expect(row).toMatchObject({ text: 'hi', own: true, message: null });
  const { ref } = stage.world.wire.last;
  expect(stage.world.wire.last).toMatchObject({ type: 'send', text: 'hi', nonce: 'n1', room: 1 });
  stage.world.wire.say({ type: 'ok', ref: ref!, id: 1002, seq: 2, time: message(2, '').time });
  await settled();
  expect(stage.ada.rows[1]!.unsent?.seq).toBe(2);
  stage.world.wire.say({ type: 'message', ...message(2, 'hi', { user: 'Ada', nonce: 'n1' }) });
  expect(stage.ada.rows).toHaveLength(2);
  expect(stage.ada.rows[1]).toMatchObject({ key: row!.key, unsent: null });
  expect(stage.kept).toEqual([]);
});

test('another person’s nonce does not pass for one’s own', () => {
  stage.arriveWith(0);
  stage.ada.outbox.add('hi');
  stage.world.wire.say({ type: 'message', ...message(1, 'fake', { nonce: 'n1' }) });
  expect(stage.texts).toEqual(['fake', 'hi']);
  expect(new Set(stage.ada.rows.map((row) => row.key)).size).toBe(2);
});

test('messages written while away go out in order, once each, when the connection is back', async () => {
  stage.arriveWith(0);
  stage.ada.outbox.add('one');
  stage.world.wire.end();
  await settled();
  stage.ada.outbox.add('two');
  expect(stage.texts).toEqual(['one', 'two']);
  await vi.advanceTimersByTimeAsync(5000);
  const stored = message(1, 'one', { user: 'Ada', nonce: 'n1' });
  stage.arrive(welcome(1), history(1, [stored], { reset: false }));
  await settled();
  expect(stage.sends).toMatchObject([{ nonce: 'n2' }]);
});

test('the next message waits for the answer to the one before', async () => {
  stage.arriveWith(0);
  stage.ada.outbox.add('one');
  stage.ada.outbox.add('two');
  expect(stage.sends).toHaveLength(1);
  stage.world.wire.say({ type: 'ok', ref: stage.sends[0]!.ref!, id: 1, seq: 1, time: '' });
  await settled();
  expect(stage.sends.map((command) => 'text' in command && command.text)).toEqual(['one', 'two']);
});

test('a refused message waits for its author, who tries again or lets it go', async () => {
  stage.arriveWith(0);
  stage.ada.outbox.add('one');
  stage.world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: stage.world.wire.last.ref!,
  });
  await settled();
  expect(stage.ada.rows[0]!.unsent?.problem).toBe('The disk is full.');
  stage.ada.outbox.retry('n1');
  expect(stage.world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
  stage.world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: stage.world.wire.last.ref!,
  });
  await settled();
  stage.ada.outbox.discard('n1');
  expect(stage.ada.rows).toEqual([]);
});

test('whoever writes too fast is slowed down, not refused', async () => {
  stage.arriveWith(0);
  stage.ada.outbox.add('one');
  const { ref } = stage.world.wire.last;
  stage.world.wire.say({
    type: 'error',
    code: 'rate_limited',
    message: 'Slowly.',
    ref: ref!,
    retry_after: 2,
  });
  await settled();
  expect(stage.ada.rows[0]!.unsent?.problem).toBeNull();
  await vi.advanceTimersByTimeAsync(2000);
  expect(stage.world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
});

test('what was unsent before a reload goes out after it', async () => {
  stage.ada.connection.stop();
  stage.begin([{ nonce: 'kept', text: 'before', at: 0, problem: null, seq: null }]);
  stage.arriveWith(0);
  await settled();
  expect(stage.world.wire.last).toMatchObject({ type: 'send', text: 'before', nonce: 'kept' });
});
