import { expect, test, vi } from 'vitest';
import type { Event } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { emptyRoom, setsTheStage, settled, stage } from './stage';

/** A server of before `follow`: it is spoken to as it was then. What is said here in JSON is what one has said. */
setsTheStage();

const DOES_NOT_KNOW =
  '{"type":"error","code":"unknown_field","message":"There is an unknown field. Known here: `rooms`, `epoch`, `reset_after`, `ref`."}';
const WELCOME =
  '{"type":"hello","user":{"id":1,"username":"Ada","role":"owner"},"epoch":"32e8a552a06b47ff63e642e32735921c","rooms":[{"id":1,"name":"Lobby","seq":1,"read_up_to":0,"seen_up_to":0}]}';
const HISTORY =
  '{"type":"history","room":1,"reset":true,"more":false,"messages":[{"id":893837119000142,"user":"Ada","text":"one","time":"2026-11-30T17:12:32.880Z","seen":false,"room":1,"seq":1,"nonce":"p1"}],"deleted":[],"seq":1,"live":true}';

const say = (...frames: string[]) =>
  stage.world.wire.say(...frames.map((frame) => JSON.parse(frame) as Event));
const doesNotKnow = () => say(DOES_NOT_KNOW);
const said = () => stage.world.wire.sent.map(({ type }) => type);

test('a server that knows no `follow` is greeted plainly on the same connection, and all goes on', async () => {
  stage.world.wire.open();
  expect(stage.world.wire.last).toHaveProperty('follow');
  doesNotKnow();
  expect(stage.world.wire.last).toEqual({ type: 'hello', rooms: {}, reset_after: 1000 });
  say(WELCOME, HISTORY);
  expect([stage.texts, stage.ada.owns, stage.ada.connection.phase]).toEqual([['one'], true, 'open']);
  const lobby = { room: 1, user: 'Grace', time: '2026-11-30T17:13:00Z', seen: false };
  stage.world.wire.say({ type: 'message', ...lobby, id: 7, seq: 2, text: 'two' });
  void stage.lobby.say('mine');
  await settled();
  expect([stage.texts, said()]).toEqual([
    ['one', 'two', 'mine'],
    ['hello', 'hello', 'send'],
  ]);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(stage.world.wires).toHaveLength(1);
});

test('what is missing is asked for by another plain `hello`, and shown once it is answered', async () => {
  stage.world.wire.open();
  doesNotKnow();
  stage.world.wire.say(welcome(1), history(1, [message(1, 'one')]));
  stage.world.wire.say(
    { type: 'message', ...message(3, 'three') },
    { type: 'message', ...message(4, 'early') },
  );
  expect(stage.world.wire.sent.slice(2)).toEqual([
    { type: 'hello', rooms: { 1: 1 }, epoch: 'first', reset_after: 1000 },
  ]);
  expect(stage.texts).toEqual(['one']);
  stage.world.wire.say(
    welcome(4),
    history(
      4,
      [2, 3, 4].map((seq) => message(seq, `m${seq}`)),
      { reset: false },
    ),
  );
  stage.world.wire.say({ type: 'message', ...message(5, 'five') });
  expect(stage.texts).toEqual(['one', 'm2', 'm3', 'm4', 'five']);
  expect(stage.ada.connection.phase).toBe('open');
  // Whoever is not answered leaves.
  stage.world.wire.say({ type: 'message', ...message(7, 'seven') });
  stage.world.wire.say({ type: 'error', code: 'rate_limited', message: 'Slowly.' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(stage.ada.connection.phase).toBe('waiting');
});

test('the next server is asked anew, and told how far every log is', async () => {
  stage.arriveWith(1);
  stage.world.wire.say({ type: 'states', reset: true, states: [], seq: 4, live: true });
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.world.wire.open();
  doesNotKnow();
  stage.world.wire.say(welcome(2), history(2, [message(2, 'two')], { reset: false }));
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: { 1: 1 },
    epoch: 'first',
    reset_after: 1000,
  });
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 1, seq: 2 }], own: 4, epoch: 'first' });
});

test('who does not understand the plain one either is left for a pause, and not asked over and over', async () => {
  stage.world.wire.open();
  doesNotKnow();
  doesNotKnow();
  doesNotKnow();
  expect(said()).toEqual(['hello', 'hello']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(stage.ada.connection.phase).toBe('waiting');
});

test('once it is welcome, no refusal makes a connection plain', async () => {
  stage.arriveWith(1);
  doesNotKnow();
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(said()).toEqual(['hello', 'follow']);
});

test('rooms that such a server does not tell of are let go, and others are among one’s own', async () => {
  await stage.holds(emptyRoom(1, 'Lobby'), emptyRoom(2, 'Workshop'));
  stage.world.wire.open();
  doesNotKnow();
  expect(stage.world.wire.last).toMatchObject({ rooms: { 1: 0, 2: 0 } });
  const { room: garden } = emptyRoom(3, 'Garden');
  stage.world.wire.say(welcome(1, { beside: [garden] }), history(1, [message(1, 'one')]));
  stage.world.wire.say(history(1, [message(1, 'there', { room: 3 })], { room: 3 }));
  expect([[...stage.ada.rooms.keys()], stage.texts, stage.textsIn(3)]).toEqual([[1, 3], ['one'], ['there']]);
  expect(said()).toEqual(['hello', 'hello']);
});
