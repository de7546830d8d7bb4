import { expect, test, vi } from 'vitest';
import type { Event } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, settled, stage } from './stage';

setsTheStage();

test('the address to hand out is known from the server’s word on, also to the page that is opened next', async () => {
  expect(stage.ada.publicUrl).toBeUndefined();
  const hello = { ...welcome(0), public_url: 'https://chat.example.org/' } as Event;
  stage.arrive(hello, history(0, []));
  expect(stage.ada.publicUrl).toBe('https://chat.example.org/');
  stage.ada.putAway();
  await stage.reload();
  expect(stage.ada.publicUrl).toBe('https://chat.example.org/');
});

test('a gap is asked for, and nothing after it is shown before the answer', () => {
  stage.arriveWith(1);
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(stage.world.wire.last).toEqual({
    type: 'follow',
    rooms: [{ room: 1, seq: 1 }],
    reset_after: 1000,
    ref: 1,
  });
  expect(stage.texts).toEqual(['m1']);
  stage.world.wire.say({ type: 'message', ...message(4, 'too early') }, { type: 'ok', ref: 1 });
  stage.world.wire.say(history(3, [message(2, 'two'), message(3, 'three')], { reset: false }));
  stage.world.wire.say({ type: 'message', ...message(4, 'four') });
  expect(stage.texts).toEqual(['m1', 'two', 'three', 'four']);
});

test('a first visit follows the room that there always is, in one round trip', () => {
  stage.world.wire.open();
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: {},
    follow: [{ room: 1 }],
    reset_after: 1000,
    people: [],
    idle: 0,
  });
  stage.world.wire.say(welcome(1), history(1, [message(1, 'one')]));
  expect([stage.texts, stage.world.wire.sent.length]).toEqual([['one'], 1]);
});

test('what is missing is asked for again after the pause that the server wishes, or on another connection', async () => {
  stage.arriveWith(1);
  const gap = () => stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  const asked = () => stage.world.wire.sent.filter(({ type }) => type === 'follow');
  gap();
  const refused = { type: 'error', code: 'rate_limited', message: 'Slowly.', retry_after: 4 } as const;
  stage.world.wire.say({ ...refused, ref: asked()[0]!.ref! });
  await vi.advanceTimersByTimeAsync(3_999);
  gap();
  expect(asked()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked()).toMatchObject([{}, { rooms: [{ room: 1, seq: 1 }] }]);
  stage.world.wire.say({ ...refused, ref: asked()[1]!.ref! });
  stage.world.wire.end();
  await settled();
  stage.ada.connection.retryNow();
  stage.arrive(welcome(3), history(3, [message(2, 'two'), message(3, 'three')], { reset: false }));
  await vi.advanceTimersByTimeAsync(4_000);
  expect([asked(), stage.texts]).toEqual([[], ['m1', 'two', 'three']]);
});

test('who comes back asks from where they were and is as if they had never left', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: {},
    follow: [{ room: 1, seq: 3 }],
    epoch: 'first',
    reset_after: 1000,
    people: [],
    idle: 0,
  });
  const changed = message(2, 'two, changed', { edited: '2026-11-23T16:00:00Z' });
  stage.world.wire.say(
    welcome(6),
    history(6, [changed, message(6, 'six')], { reset: false, deleted: [1001] }),
  );
  expect(stage.texts).toEqual(['two, changed', 'm3', 'six']);
});

test('a connection that breaks between two pages goes on from the first', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(9), history(6, [message(5, 'five')], { reset: false, live: false }));
  stage.world.wire.end(4008, 'too slow');
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 1, seq: 6 }] });
});

test('a new epoch counts only once its history has come', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(1, { epoch: 'second' }));
  stage.world.wire.end();
  expect(stage.shelf.held.get(1)).toMatchObject({ epoch: 'first', seq: 3 });
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 1, seq: 3 }], epoch: 'first' });
});

test('who is online follows whole sets and deltas, and a lost connection changes nothing', async () => {
  stage.arriveWith(0);
  stage.world.wire.say({ type: 'users', users: ['Ada', 'Grace'] });
  stage.world.wire.say({ type: 'presence', online: ['Linus'], offline: ['Grace'] });
  expect(stage.ada.online).toEqual(['Ada', 'Linus']);
  stage.world.wire.end();
  expect(stage.ada.online).toEqual(['Ada', 'Linus']);
});
