import { expect, test, vi } from 'vitest';
import type { Event, Member } from '../../gen/protocol';
import { statusOf } from '../messages/status';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

test('live events continue the history', () => {
  stage.arriveWith(2);
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  stage.world.wire.say({
    type: 'edit',
    id: 1001,
    text: 'one',
    time: '2026-11-23T15:04:06.123Z',
    room: 1,
    seq: 4,
  });
  stage.world.wire.say({ type: 'delete', id: 1002, room: 1, seq: 5 });
  expect(stage.texts).toEqual(['one', 'three']);
  expect(stage.announced).toEqual(['said: three', 'edited: one', 'deleted: m2']);
});

test('what was missed is told as what came live, and what one sent oneself as sent', () => {
  stage.arriveWith(3);
  void stage.lobby.say('mine');
  stage.world.wire.end();
  vi.advanceTimersByTime(5_000);
  const news = [
    message(2, 'two'),
    message(4, 'four'),
    message(6, 'mine', { user: 'Ada', nonce: 'n1' }),
    message(7, 'from the phone', { user: 'Ada', nonce: 'p1' }),
  ];
  stage.arrive(welcome(8), history(8, news, { reset: false, deleted: [1003, 2001] }));
  expect(stage.announced).toEqual([
    'edited: two',
    'said: four',
    'sent: mine',
    'said: from the phone',
    'deleted: m3',
  ]);
});

test('an event that comes twice counts once', () => {
  stage.arriveWith(1);
  const event: Event = { type: 'message', ...message(2, 'two') };
  stage.world.wire.say(event, event);
  expect(stage.texts).toEqual(['m1', 'two']);
});

test('an event that the page does not know counts, shows nothing, and asks for nothing', () => {
  stage.arriveWith(1);
  const said = stage.world.wire.sent.length;
  const pin = (seq: number, room = 1) => ({ type: 'pin', id: 1001, room, seq }) as unknown as Event;
  const waving = { type: 'waving', room: 1, user: 'Grace' } as unknown as Event;
  const draft = { type: 'draft', seq: 9, text: 'x' } as unknown as Event;
  stage.world.wire.say(pin(2), pin(2), pin(7, 2), waving, draft);
  const state: Member = { change: 'joined', time: '2026-11-23T16:00:00Z' };
  const member: Event = { type: 'state', room: 1, seq: 5, since: 2, kind: 'member', id: 2, state };
  stage.world.wire.say(member);
  stage.world.wire.say({ type: 'message', ...message(6, 'six') });
  expect(stage.texts).toEqual(['m1', 'six']);
  expect(stage.world.wire.sent).toHaveLength(said);
  stage.world.wire.say(pin(8));
  expect(stage.world.wire.last).toMatchObject({ type: 'follow', rooms: [{ room: 1, seq: 6 }] });
});

test('what covers what was overtaken leaves no gap, and stands in its own place however late it comes', () => {
  stage.arriveWith(2);
  const { wire } = stage.world;
  wire.say({ type: 'message', ...message(4, 'four', { since: 2 }) });
  const edited = '2026-11-23T16:00:00Z';
  wire.say({ type: 'message', ...message(3, 'three, at last', { edited, changed: 7, since: 4 }) });
  expect(stage.texts).toEqual(['m1', 'm2', 'three, at last', 'four']);
  expect(stage.announced).toEqual(['said: four', 'said: three, at last']);
  wire.say({ type: 'message', ...message(8, 'eight') });
  wire.say({ type: 'delete', id: 1004, room: 1, seq: 12, since: 8 });
  expect(stage.texts).toEqual(['m1', 'm2', 'three, at last', 'eight']);
  expect(wire.sent.map(({ type }) => type)).toEqual(['hello']);
});

test('an edit of a message that is not held brings it, unless it lies where nothing is held', () => {
  const held = [message(51, 'm51'), message(53, 'm53')];
  stage.arrive(welcome(53), history(53, held, { more: true }));
  const edited = '2026-11-23T16:00:00Z';
  const edit = (seq: number, of: number, text: string): Event => {
    const state = message(of, text, { edited, changed: seq });
    return { type: 'edit', id: state.id, text, time: edited, room: 1, seq, state };
  };
  stage.world.wire.say(edit(54, 52, 'm52'), edit(55, 4, 'old'), edit(56, 53, 'M53'));
  expect(stage.texts).toEqual(['m51', 'm52', 'M53']);
  expect(stage.lobby.timeline.messages).toHaveLength(3);
  expect(stage.announced).toEqual(['said: m52', 'edited: M53']);
});

test('changes to messages older than the ones held stay out of the list', async () => {
  const held = [message(51, 'm51'), message(52, 'm52')];
  stage.arrive(welcome(52), history(52, held, { more: true }));
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(53), history(53, [message(4, 'old')], { reset: false }));
  expect(stage.texts).toEqual(['m51', 'm52']);
});

test('what was missed comes in pages, and what happens meanwhile is not mixed in', async () => {
  stage.arriveWith(3);
  await stage.lobby.say('mine');
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  const changed = message(2, 'two, changed', { edited: '2026-11-23T16:00:00Z' });
  stage.arrive(
    welcome(9),
    history(6, [changed, message(5, 'five')], { reset: false, deleted: [1001], live: false }),
  );
  expect(stage.texts).toEqual(['two, changed', 'm3', 'five', 'mine']);
  stage.world.wire.say({ type: 'message', ...message(7, 'too early') });
  expect(stage.sends).toEqual([]);
  const mine = message(8, 'mine', { user: 'Ada', nonce: 'n1' });
  stage.world.wire.say(history(9, [mine, message(9, 'nine')], { reset: false, deleted: [1005] }));
  expect(stage.texts).toEqual(['two, changed', 'm3', 'mine', 'nine']);
  stage.world.wire.say({ type: 'message', ...message(10, 'ten') });
  expect(stage.texts.at(-1)).toBe('ten');
  expect(stage.sends).toEqual([]);
});

test('a room whose held messages are all gone still shows the new ones', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  stage.world.wire.say({ type: 'delete', id: 1009, room: 1, seq: 10 });
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(12), history(12, [message(3, 'old'), message(12, 'twelve')], { reset: false }));
  expect(stage.texts).toEqual(['twelve']);
});

test('a reset forgets everything that was held', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(1, { epoch: 'second' }), history(1, [message(1, 'anew')]));
  expect(stage.texts).toEqual(['anew']);
});

test('one’s messages become seen up to where others have read', () => {
  stage.arrive(
    welcome(2, { seen: 1 }),
    history(2, [message(1, 'a', { user: 'Ada' }), message(2, 'b', { user: 'Ada' })]),
  );
  const status = () => stage.lobby.rows.map((row) => statusOf(row, stage.lobby.timeline.seenUpTo, true));
  expect(status()).toEqual(['seen', 'sent']);
  stage.world.wire.say({ type: 'seen', room: 1, up_to: 2 });
  expect(status()).toEqual(['seen', 'seen']);
});

test('reading is told only while the person looks, and once for many messages', async () => {
  stage.arriveWith(2);
  expect(stage.lobby.reading.unread).toBe(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(stage.world.wire.last.type).toBe('hello');
  stage.lobby.reading.attentive = true;
  stage.lobby.reading.notice();
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  await vi.advanceTimersByTimeAsync(1000);
  expect(stage.world.wire.sent.filter((command) => command.type === 'read')).toMatchObject([
    { up_to: 3, room: 1 },
  ]);
  expect(stage.lobby.reading.unread).toBe(0);
});

test('of an archived room in which nothing waits, that it was archived is read once it is looked at', () => {
  stage.arriveWith(1);
  stage.world.wire.say({
    type: 'state',
    room: 1,
    seq: 2,
    kind: 'room',
    id: 1,
    state: { name: 'Lobby', archived: true },
  });
  const { reading } = stage.lobby;
  reading.upTo = 1;
  reading.attentive = true;
  reading.notice();
  vi.advanceTimersByTime(1_000);
  expect(stage.world.wire.last).toMatchObject({ type: 'read', room: 1, up_to: 2 });
});
