import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Event, MessagePage, Seq } from '../../gen/protocol';
import type { Unsent } from '../socket/outbox.svelte';
import { FakeWorld, history, message, welcome } from '../socket/wires';
import { Conversation } from './conversation.svelte';

let world: FakeWorld;
let ada: Conversation;
let kept: readonly Unsent[];
let pages: { before: Seq; answer: (page: MessagePage) => void; fail: () => void }[];
let announced: string[];

function begin(unsent: readonly Unsent[] = []) {
  let count = 0;
  return new Conversation('Ada', {
    world,
    nonce: () => `n${(count += 1)}`,
    now: () => Date.UTC(2026, 10, 23, 16),
    page: (_room, before) =>
      new Promise((answer, reject) => pages.push({ before, answer, fail: () => reject(new Error('away')) })),
    keep: (entries) => (kept = entries),
    kept: unsent,
    announce: ({ text }) => announced.push(text),
    sessionOver: () => undefined,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  world = new FakeWorld();
  kept = [];
  pages = [];
  announced = [];
  ada = begin();
  ada.connection.connect();
});

afterEach(() => {
  ada.connection.stop();
  vi.useRealTimers();
});

const texts = () => ada.rows.map((row) => row.text);
const settled = () => vi.advanceTimersByTimeAsync(0);

function arrive(...events: Event[]) {
  world.wire.open();
  world.wire.say(...events);
}

function arriveWith(count: number, more = false) {
  const messages = Array.from({ length: count }, (_, index) => message(index + 1, `m${index + 1}`));
  arrive(welcome(count), history(count, messages, { more }));
}

test('live events continue the history', () => {
  arriveWith(2);
  world.wire.say({ type: 'message', ...message(3, 'three') });
  world.wire.say({ type: 'edit', id: 1001, text: 'one', time: '2026-11-23T15:04:06.123Z', room: 1, seq: 4 });
  world.wire.say({ type: 'delete', id: 1002, room: 1, seq: 5 });
  expect(texts()).toEqual(['one', 'three']);
  expect(announced).toEqual(['three']);
});

test('an event that comes twice counts once', () => {
  arriveWith(1);
  const event: Event = { type: 'message', ...message(2, 'two') };
  world.wire.say(event, event);
  expect(texts()).toEqual(['m1', 'two']);
});

test('a gap is asked for, and nothing after it is shown before the answer', () => {
  arriveWith(1);
  world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(world.wire.last).toEqual({ type: 'hello', rooms: { 1: 1 }, epoch: 'first' });
  expect(texts()).toEqual(['m1']);
  world.wire.say(welcome(3), history(3, [message(2, 'two'), message(3, 'three')], { reset: false }));
  world.wire.say({ type: 'message', ...message(4, 'four') });
  expect(texts()).toEqual(['m1', 'two', 'three', 'four']);
});

test('who comes back asks from where they were and is as if they had never left', async () => {
  arriveWith(3);
  world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  world.wire.open();
  expect(world.wire.last).toEqual({ type: 'hello', rooms: { 1: 3 }, epoch: 'first' });
  const changed = message(2, 'two, changed', { edited: '2026-11-23T16:00:00Z' });
  world.wire.say(welcome(6), history(6, [changed, message(6, 'six')], { reset: false, deleted: [1001] }));
  expect(texts()).toEqual(['two, changed', 'm3', 'six']);
});

test('changes to messages older than the ones held stay out of the list', async () => {
  const held = [message(51, 'm51'), message(52, 'm52')];
  arrive(welcome(52), history(52, held, { more: true }));
  world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  arrive(welcome(53), history(53, [message(4, 'old')], { reset: false }));
  expect(texts()).toEqual(['m51', 'm52']);
});

test('a reset forgets everything that was held', async () => {
  arriveWith(3);
  world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  arrive(welcome(1, { epoch: 'second' }), history(1, [message(1, 'anew')]));
  expect(texts()).toEqual(['anew']);
});

test('one’s own message is there at once and keeps its row when it is stored', async () => {
  arriveWith(1);
  ada.outbox.add('hi');
  const [, row] = ada.rows;
  expect(row).toMatchObject({ text: 'hi', own: true, message: null });
  const { ref } = world.wire.last;
  expect(world.wire.last).toMatchObject({ type: 'send', text: 'hi', nonce: 'n1', room: 1 });
  world.wire.say({ type: 'ok', ref: ref!, id: 1002, seq: 2, time: message(2, '').time });
  await settled();
  expect(ada.rows[1]!.unsent?.seq).toBe(2);
  world.wire.say({ type: 'message', ...message(2, 'hi', { user: 'Ada', nonce: 'n1' }) });
  expect(ada.rows).toHaveLength(2);
  expect(ada.rows[1]).toMatchObject({ key: row!.key, unsent: null });
  expect(kept).toEqual([]);
});

test('another person’s nonce does not pass for one’s own', () => {
  arriveWith(0);
  ada.outbox.add('hi');
  world.wire.say({ type: 'message', ...message(1, 'fake', { nonce: 'n1' }) });
  expect(texts()).toEqual(['fake', 'hi']);
  expect(new Set(ada.rows.map((row) => row.key)).size).toBe(2);
});

test('messages written while away go out in order, once each, when the connection is back', async () => {
  arriveWith(0);
  ada.outbox.add('one');
  world.wire.end();
  await settled();
  ada.outbox.add('two');
  expect(texts()).toEqual(['one', 'two']);
  await vi.advanceTimersByTimeAsync(5000);
  const stored = message(1, 'one', { user: 'Ada', nonce: 'n1' });
  arrive(welcome(1), history(1, [stored], { reset: false }));
  await settled();
  expect(world.wire.sent.filter((command) => command.type === 'send')).toMatchObject([{ nonce: 'n2' }]);
});

test('the next message waits for the answer to the one before', async () => {
  arriveWith(0);
  ada.outbox.add('one');
  ada.outbox.add('two');
  const sends = () => world.wire.sent.filter((command) => command.type === 'send');
  expect(sends()).toHaveLength(1);
  world.wire.say({ type: 'ok', ref: sends()[0]!.ref!, id: 1, seq: 1, time: '' });
  await settled();
  expect(sends().map((command) => 'text' in command && command.text)).toEqual(['one', 'two']);
});

test('a refused message waits for its author, who tries again or lets it go', async () => {
  arriveWith(0);
  ada.outbox.add('one');
  world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: world.wire.last.ref!,
  });
  await settled();
  expect(ada.rows[0]!.unsent?.problem).toBe('The disk is full.');
  ada.outbox.retry('n1');
  expect(world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
  world.wire.say({
    type: 'error',
    code: 'storage_full',
    message: 'The disk is full.',
    ref: world.wire.last.ref!,
  });
  await settled();
  ada.outbox.discard('n1');
  expect(ada.rows).toEqual([]);
});

test('whoever writes too fast is slowed down, not refused', async () => {
  arriveWith(0);
  ada.outbox.add('one');
  const { ref } = world.wire.last;
  world.wire.say({ type: 'error', code: 'rate_limited', message: 'Slowly.', ref: ref!, retry_after: 2 });
  await settled();
  expect(ada.rows[0]!.unsent?.problem).toBeNull();
  await vi.advanceTimersByTimeAsync(2000);
  expect(world.wire.last).toMatchObject({ type: 'send', nonce: 'n1' });
});

test('what was unsent before a reload goes out after it', async () => {
  ada.connection.stop();
  ada = begin([{ nonce: 'kept', text: 'before', at: 0, problem: null, seq: null }]);
  ada.connection.connect();
  arriveWith(0);
  await settled();
  expect(world.wire.last).toMatchObject({ type: 'send', text: 'before', nonce: 'kept' });
});

test('one’s messages become seen up to where others have read', () => {
  arrive(
    welcome(2, { seen: 1 }),
    history(2, [message(1, 'a', { user: 'Ada' }), message(2, 'b', { user: 'Ada' })]),
  );
  const seen = () => ada.timeline.messages.map((each) => ada.timeline.isSeen(each));
  expect(seen()).toEqual([true, false]);
  world.wire.say({ type: 'seen', room: 1, up_to: 2 });
  expect(seen()).toEqual([true, true]);
});

test('reading is told only while the person looks, and once for many messages', async () => {
  arriveWith(2);
  expect(ada.reading.unread).toBe(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.wire.last.type).toBe('hello');
  ada.reading.attentive = true;
  ada.reading.notice();
  world.wire.say({ type: 'message', ...message(3, 'three') });
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.wire.sent.filter((command) => command.type === 'read')).toMatchObject([{ up_to: 3, room: 1 }]);
  expect(ada.reading.unread).toBe(0);
});

test('older messages come before the first, page by page, until there are none', async () => {
  arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void ada.loadOlder();
  void ada.loadOlder();
  expect(pages.map((page) => page.before)).toEqual([9]);
  pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: false });
  await settled();
  expect(texts()).toEqual(['seven', 'eight', 'nine']);
  await ada.loadOlder();
  expect(pages).toHaveLength(1);
});

test('a change that overtakes the page it belongs to is not lost', async () => {
  arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void ada.loadOlder();
  world.wire.say({
    type: 'edit',
    id: 1007,
    text: 'SEVEN',
    time: '2026-11-23T15:04:06.123Z',
    room: 1,
    seq: 10,
  });
  world.wire.say({ type: 'delete', id: 1008, room: 1, seq: 11 });
  pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: true });
  await settled();
  expect(texts()).toEqual(['SEVEN', 'nine']);
});

test('a page that does not come is said so and can be asked for again', async () => {
  arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void ada.loadOlder();
  pages[0]!.fail();
  await settled();
  expect(ada.olderFailed).toBe(true);
  void ada.loadOlder();
  expect(pages).toHaveLength(2);
  expect(ada.olderFailed).toBe(false);
});

test('a page asked for before a reset does not come into what follows it', async () => {
  arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void ada.loadOlder();
  world.wire.say(welcome(1, { epoch: 'second' }), history(1, [message(1, 'anew')]));
  pages[0]!.answer({ messages: [message(8, 'eight')], more: false });
  await settled();
  expect(texts()).toEqual(['anew']);
});
