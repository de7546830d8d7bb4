import { beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { emptyRoom, setsTheStage, settled, stage } from './stage';

setsTheStage();

const WORKSHOP = 2;
const workshop = (seq: number, seen = 0) => ({
  id: WORKSHOP,
  name: 'Workshop',
  seq,
  read_up_to: 0,
  seen_up_to: seen,
});
const there = (seq: number, text: string, more: Parameters<typeof message>[2] = {}) =>
  message(seq, text, { id: 2000 + seq, room: WORKSHOP, ...more });
const hello = (epoch = 'first') => welcome(2, { epoch, beside: [workshop(3)] });
const missed = (about: Parameters<typeof history>[2] = {}) => ({ reset: false, ...about });

beforeEach(() => stage.holds(emptyRoom(1, 'Lobby'), emptyRoom(WORKSHOP, 'Workshop')));

/** Ada in the Lobby and in the Workshop. */
function arrive() {
  const lobby = history(2, [message(1, 'one'), message(2, 'two')]);
  stage.arrive(hello(), lobby, history(3, [there(3, 'three')], { room: WORKSHOP }));
}

const both = () => [stage.texts, stage.textsIn(WORKSHOP)];
const refs = () => stage.sends.map(({ nonce, room, after }) => [nonce, room, after]);

function putOff(text: string, retry_after: number) {
  const ref = stage.sends.find((send) => send.text === text)!.ref!;
  stage.world.wire.say({ type: 'error', code: 'rate_limited', message: 'Slowly.', ref, retry_after });
}

async function says(room: number, ...texts: string[]) {
  await Promise.all(texts.map((text) => stage.room(room).say(text)));
}

test('each event goes to the room that it is of, and each room counts for itself', () => {
  arrive();
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  stage.world.wire.say({ type: 'message', ...there(4, 'four') });
  const time = '2026-11-23T15:04:06.123Z';
  stage.world.wire.say({ type: 'edit', id: 2003, text: 'THREE', time, room: WORKSHOP, seq: 5 });
  stage.world.wire.say({ type: 'delete', id: 1001, room: 1, seq: 4 });
  expect(both()).toEqual([
    ['two', 'three'],
    ['THREE', 'four'],
  ]);
  expect(stage.world.wire.sent.map(({ type }) => type)).toEqual(['hello']);
});

test('nothing is shown of a room before its history', () => {
  stage.arrive(hello(), history(2, [message(1, 'one'), message(2, 'two')]));
  stage.world.wire.say({ type: 'message', ...there(1, 'too early') });
  expect(stage.textsIn(WORKSHOP)).toEqual([]);
  stage.world.wire.say(history(3, [there(3, 'three')], { room: WORKSHOP }));
  expect(both()).toEqual([['one', 'two'], ['three']]);
  expect(stage.world.wire.sent).toHaveLength(1);
});

test('what is told of a room that the page does not hold changes nothing, and asks for nothing', () => {
  arrive();
  stage.world.wire.say({ type: 'message', ...message(9, 'elsewhere', { room: 3 }) });
  stage.world.wire.say({ type: 'seen', room: 3, up_to: 9 }, history(9, [], { room: 3 }));
  expect(both()).toEqual([['one', 'two'], ['three']]);
  expect(stage.world.wire.sent).toHaveLength(1);
});

test('what is seen, and what is read, is so in its own room', async () => {
  arrive();
  stage.world.wire.say({ type: 'seen', room: WORKSHOP, up_to: 3 });
  expect([stage.lobby.timeline.seenUpTo, stage.room(WORKSHOP).timeline.seenUpTo]).toEqual([0, 3]);
  stage.room(WORKSHOP).reading.attentive = true;
  stage.room(WORKSHOP).reading.notice();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stage.world.wire.last).toMatchObject({ type: 'read', room: WORKSHOP, up_to: 3 });
  expect([stage.lobby.reading.unread, stage.room(WORKSHOP).reading.unread]).toEqual([2, 0]);
});

test('older messages come into the room whose they are', async () => {
  stage.arrive(hello(), history(2, []), history(3, [there(3, 'three')], { room: WORKSHOP, more: true }));
  void stage.room(WORKSHOP).fill('older');
  expect(stage.pages).toMatchObject([{ room: WORKSHOP, before: 3 }]);
  stage.pages[0]!.answer({ messages: [there(2, 'older')], more: false });
  await settled();
  expect(both()).toEqual([[], ['older', 'three']]);
});

test('a gap in one room is asked for in that room alone, and the other goes on', () => {
  arrive();
  stage.world.wire.say({ type: 'message', ...there(5, 'five') });
  expect(stage.world.wire.last).toMatchObject({ type: 'follow', rooms: [{ room: WORKSHOP, seq: 3 }] });
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(both()).toEqual([['one', 'two', 'three'], ['three']]);
  stage.world.wire.say({ type: 'message', ...message(4, 'four') });
  stage.world.wire.say({ type: 'message', ...there(6, 'too early') });
  expect(both()).toEqual([['one', 'two', 'three', 'four'], ['three']]);
  const news = [there(4, 'four'), there(5, 'five'), there(6, 'six')];
  stage.world.wire.say(history(6, news, missed({ room: WORKSHOP })));
  stage.world.wire.say({ type: 'message', ...there(7, 'seven') });
  expect(stage.textsIn(WORKSHOP)).toEqual(['three', 'four', 'five', 'six', 'seven']);
  expect(stage.world.wire.sent.map(({ type }) => type)).toEqual(['hello', 'follow']);
});

test('messages go out to each room in its own order, and name the one before them there', async () => {
  arrive();
  await says(1, 'one', 'two');
  await says(WORKSHOP, 'three');
  await says(1, 'four');
  await says(WORKSHOP, 'five');
  expect(refs()).toEqual([
    ['n1', 1, undefined],
    ['n2', 1, 'n1'],
    ['n3', WORKSHOP, undefined],
    ['n4', 1, 'n2'],
    ['n5', WORKSHOP, 'n3'],
  ]);
});

test('what is refused for a time in one room holds up no other, however much waits there', async () => {
  arrive();
  const many = Array.from({ length: 20 }, (_, at) => `lobby ${at}`);
  await says(1, ...many);
  putOff('lobby 0', 4);
  await settled();
  await says(WORKSHOP, 'one', 'two');
  expect(refs().slice(8)).toEqual([
    ['n21', WORKSHOP, undefined],
    ['n22', WORKSHOP, 'n21'],
  ]);
  for (const text of many.slice(1, 8)) putOff(text, 4);
  await vi.advanceTimersByTimeAsync(3_999);
  await says(WORKSHOP, 'three');
  expect(refs().slice(10)).toEqual([['n23', WORKSHOP, 'n22']]);
  await vi.advanceTimersByTimeAsync(1);
  expect(refs().slice(11)).toEqual([['n1', 1, undefined]]);
});

test('a room whose history has not come yet keeps its messages, and no other one’s', async () => {
  arrive();
  stage.world.wire.end();
  await settled();
  await says(WORKSHOP, 'there');
  await says(1, 'here');
  await vi.advanceTimersByTimeAsync(5_000);
  stage.arrive(hello(), history(2, [], missed()));
  await settled();
  expect(refs()).toEqual([['n2', 1, undefined]]);
  const stored = there(4, 'there', { user: 'Ada', nonce: 'n1' });
  stage.world.wire.say(history(4, [stored], missed({ room: WORKSHOP })));
  await settled();
  expect(refs()).toHaveLength(1);
  expect(stage.textsIn(WORKSHOP)).toEqual(['three', 'there']);
});

test('what was typed in the place of a message that is gone waits in the room where it was', () => {
  const own = there(3, 'mine', { user: 'Ada' });
  stage.arrive(hello(), history(2, []), history(3, [own], { room: WORKSHOP }));
  stage.ada.edits.keep({ handle: own.id, room: WORKSHOP, seq: 3, text: 'better' });
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(stage.ada.edits.all).toHaveLength(1);
  stage.world.wire.say({ type: 'delete', id: own.id, room: WORKSHOP, seq: 4 });
  expect(both()).toEqual([['three'], ['better']]);
});

test('what closed pages have left is asked for once, when all rooms are back', async () => {
  const claim = vi.spyOn(stage.shelf, 'claim');
  stage.arrive(hello(), history(2, []));
  expect(claim).not.toHaveBeenCalled();
  stage.world.wire.say(history(3, [], { room: WORKSHOP }));
  expect(claim).toHaveBeenCalledOnce();
});

test('because of which message of all rooms a connection is lost is found, and no other one is blamed', async () => {
  arrive();
  await says(1, 'good', 'good, too');
  await says(WORKSHOP, 'bad');
  const stored: Message[] = [];
  const isBlamed = () => stage.ada.outbox.entries.some(({ problem }) => problem !== null);
  for (let time = 0; time < 12 && !isBlamed(); time += 1) {
    // The server does not live to see what comes behind the bad one.
    if (!stage.sends.some(({ text }) => text === 'bad')) {
      const { ref, nonce, text } = stage.sends.at(-1)!;
      const seq = 3 + stored.length;
      stored.push(message(seq, text, { user: 'Ada', nonce: nonce! }));
      stage.world.wire.say({ type: 'ok', ref: ref!, id: 1000 + seq, seq, time: '' });
      await settled();
      continue;
    }
    stage.world.wire.end();
    await settled();
    stage.ada.connection.retryNow();
    const lobby = history(2 + stored.length, stored, missed());
    stage.arrive(hello(), lobby, history(3, [], missed({ room: WORKSHOP })));
    await settled();
  }
  const left = stage.ada.outbox.entries.map(({ text, problem }) => [text, problem]);
  expect(left).toEqual([['bad', expect.stringMatching(/5 times/)]]);
});

test('both rooms are there after a reload, each as it was, and go on from there', async () => {
  arrive();
  stage.world.wire.say({ type: 'message', ...there(4, 'four') });
  stage.ada.putAway();
  await says(WORKSHOP, 'unsent');
  await stage.reload();
  expect(both()).toEqual([
    ['one', 'two'],
    ['three', 'four', 'unsent'],
  ]);
  expect([stage.lobby.about?.name, stage.room(WORKSHOP).about?.name]).toEqual(['Lobby', 'Workshop']);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({
    follow: [
      { room: 1, seq: 2 },
      { room: WORKSHOP, seq: 4 },
    ],
    epoch: 'first',
  });
});

test('only the rooms in which something happened are kept anew', async () => {
  arrive();
  await vi.advanceTimersByTimeAsync(300);
  const hold = vi.spyOn(stage.shelf, 'hold');
  stage.world.wire.say({ type: 'message', ...there(4, 'four') });
  await vi.advanceTimersByTimeAsync(300);
  expect(hold.mock.calls.map(([held]) => held.map(({ room }) => room.id))).toEqual([[WORKSHOP]]);
});

test('a room that one is in no more is shown no more, also after a reload', async () => {
  arrive();
  stage.ada.putAway();
  stage.world.wire.say(welcome(2), history(2, [], missed()));
  await vi.advanceTimersByTimeAsync(300);
  expect([...stage.ada.rooms.keys()]).toEqual([1]);
  await stage.reload();
  expect([...stage.ada.rooms.keys()]).toEqual([1]);
});

test('of two rooms that count in different epochs, each either goes on or begins anew', async () => {
  arrive();
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.arrive(hello('second'), history(1, [message(1, 'anew')]));
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({
    follow: [{ room: 1, seq: 1 }, { room: WORKSHOP }],
    epoch: 'second',
  });
  expect(stage.world.wire.last).not.toHaveProperty('follow.1.seq');
  stage.world.wire.say(hello('second'), history(1, [], missed()));
  stage.world.wire.say(history(1, [there(1, 'anew')], { room: WORKSHOP }));
  expect(both()).toEqual([['anew'], ['anew']]);
});
