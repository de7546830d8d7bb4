import { expect, test, vi } from 'vitest';
import type { Entry, Event, Mark, Member, Room, RoomState } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, settled, stage } from './stage';

setsTheStage();

const ADA = 1;
const GRACE = 2;
const LINUS = 3;

const usual = { seq: 5, read_up_to: 5, seen_up_to: 0 };
const room = (id: number, name: string, more: Partial<Room> = {}): Room => ({ id, name, ...usual, ...more });
const there = (id: number, seq: number, text: string, more: Parameters<typeof message>[2] = {}) =>
  message(seq, text, { id: 1000 * id + seq, room: id, ...more });
const said = (...args: Parameters<typeof there>): Event => ({ type: 'message', ...there(...args) });
const entry = (seq: number, kind: Entry['kind'], id: number, state: Entry['state']): Entry => ({
  seq,
  kind,
  id,
  ...(state && { state }),
});
const mark = (seq: number, id: number, state: Mark): Event => ({
  type: 'state',
  ...entry(seq, 'mark', id, state),
});
const member = (seq: number, id: number, state: Partial<Member> = {}) =>
  entry(seq, 'member', id, { change: 'joined', time: '2026-11-23T15:00:00Z', ...state });
const is = (seq: number, id: number, state: RoomState) => entry(seq, 'room', id, state);
const page = (id: number, seq: number, states: Entry[], reset = true): Event => ({
  ...(history(seq, [], { room: id, reset }) as Extract<Event, { type: 'history' }>),
  states,
});
const nothing = (id: number, seq: number) => history(seq, [], { room: id, reset: false });
const OWN: Event = { type: 'states', reset: true, states: [], seq: 1, live: true };
const HOUSE: Event = {
  type: 'states',
  house: true,
  reset: true,
  states: [
    entry(1, 'card', ADA, { username: 'Ada', role: 'member', active: true }),
    entry(2, 'card', GRACE, { username: 'Grace', role: 'member', active: true }),
    entry(3, 'card', LINUS, { username: 'Linus', role: 'member', active: true }),
  ],
  seq: 3,
  live: true,
};

/** Ada comes, and these are her rooms beside the Lobby. */
function arrive(...beside: Room[]) {
  stage.arrive(welcome(2, { beside, read: 2 }), history(2, [message(1, 'one')]), OWN, HOUSE);
}

const names = () => stage.ada.list.map(({ name, unread }) => (unread ? `${name} *` : name));
const follows = () => stage.world.wire.sent.flatMap((each) => (each.type === 'follow' ? [each.rooms] : []));

test('the rooms that one has are listed: direct ones by their last word, the Lobby, all others by name', () => {
  const direct = { kind: 'direct', name: '' } as const;
  arrive(
    room(20, 'workshop'),
    room(30, 'Garden', { archived: true }),
    room(40, '', { ...direct, people: [ADA, GRACE] }),
    room(50, '', { ...direct, people: [ADA, GRACE, LINUS] }),
    room(60, '', { ...direct, people: [ADA] }),
  );
  expect(names()).toEqual(['Notes', 'Grace, Linus', 'Grace', 'Lobby', 'Garden', 'workshop']);
  stage.world.wire.say(history(5, [there(40, 5, 'the last word')], { room: 40, reset: false }));
  expect(names().slice(0, 3)).toEqual(['Grace', 'Notes', 'Grace, Linus']);
  expect(stage.ada.list[4]).toMatchObject({ kind: 'open', archived: true, moderator: false });
});

test('a room that nobody has opened is followed from where it is, and its history comes when it is opened', () => {
  arrive(room(20, 'Workshop'));
  expect(follows()).toEqual([[{ room: 20, seq: 5 }]]);
  stage.world.wire.say(nothing(20, 5), said(20, 6, 'heard'));
  expect([stage.textsIn(20), names()]).toEqual([[], ['Lobby', 'Workshop *']]);
  stage.ada.show(20);
  expect(follows()[1]).toEqual([{ room: 20 }]);
  expect(stage.ada.shown.timeline.loaded).toBe(false);
  stage.world.wire.say(history(6, [there(20, 4, 'before'), there(20, 6, 'heard')], { room: 20 }));
  expect(stage.textsIn(20)).toEqual(['before', 'heard']);
  // The second time it is there at once, and nothing is asked.
  stage.ada.show(1);
  stage.ada.show(20);
  expect([stage.texts, follows().length]).toEqual([['one'], 2]);
});

test('what is one’s own, or another’s coming, leaves a room read; what another says does not', () => {
  arrive(room(20, 'Mine', { seq: 6 }), room(30, 'Theirs', { seq: 6 }), room(40, 'Read'));
  expect(follows()).toEqual([
    [
      { room: 20, seq: 5 },
      { room: 30, seq: 5 },
      { room: 40, seq: 5 },
    ],
  ]);
  stage.world.wire.say(
    history(6, [there(20, 6, 'from my phone', { user: 'Ada' })], { room: 20, reset: false }),
  );
  stage.world.wire.say(history(6, [there(30, 6, 'news')], { room: 30, reset: false }), nothing(40, 5));
  stage.world.wire.say({ type: 'state', room: 40, ...member(6, LINUS) });
  expect(names()).toEqual(['Lobby', 'Mine', 'Read', 'Theirs *']);
  // Another device has read it.
  stage.world.wire.say(mark(2, 30, { up_to: 6, listed: true }));
  expect(names()).toEqual(['Lobby', 'Mine', 'Read', 'Theirs']);
});

test('a room that one is let into is there at once, with its name, and read up to now', () => {
  arrive();
  stage.world.wire.say(mark(2, 20, { up_to: 7, listed: true }));
  expect([follows(), names()]).toEqual([[[{ room: 20 }]], ['Lobby']]);
  stage.world.wire.say(page(20, 7, [is(1, 20, { kind: 'closed', name: 'Cellar' }), member(7, ADA)]));
  expect(names()).toEqual(['Lobby', 'Cellar']);
  expect(stage.ada.about(20)).toMatchObject({ kind: 'closed', moderator: false });
  stage.world.wire.say({
    type: 'state',
    room: 20,
    ...member(8, ADA, { change: 'promoted', moderator: true }),
  });
  stage.world.wire.say({
    type: 'state',
    room: 20,
    ...is(9, 20, { kind: 'closed', name: 'Attic', topic: 'Up' }),
  });
  expect(stage.ada.about(20)).toMatchObject({ name: 'Attic', topic: 'Up', moderator: true });
  stage.world.wire.say({ type: 'state', room: 20, ...is(10, 20, { kind: 'closed', name: 'Attic' }) });
  expect(stage.ada.about(20)).toMatchObject({ topic: '', moderator: true });
});

test('whoever is let out while looking at a room finds themselves in the Lobby, and nothing of the room is kept', async () => {
  arrive(room(20, 'Workshop'));
  stage.ada.show(20);
  stage.world.wire.say(history(5, [there(20, 5, 'secret')], { room: 20 }));
  stage.world.wire.say({ type: 'error', code: 'storage_failed', message: 'Later.' });
  await stage.room(20).say('unsent');
  stage.ada.putAway();
  expect([...stage.shelf.held.keys()]).toContain(20);
  stage.world.wire.say(mark(2, 20, { up_to: 5 }));
  await vi.advanceTimersByTimeAsync(500);
  expect([stage.ada.shown.id, stage.ada.lostRoom?.name, names()]).toEqual([1, 'Workshop', ['Lobby']]);
  expect([[...stage.shelf.held.keys()], stage.shelf.unsent, stage.ada.outbox.entries]).toEqual([[1], [], []]);
  // Let in again, it begins anew.
  stage.world.wire.say(mark(3, 20, { up_to: 5, listed: true }));
  expect(follows().at(-1)).toEqual([{ room: 20 }]);
  stage.ada.show(20);
  expect(stage.ada.lostRoom).toBeNull();
});

test('a hello that does not name a room takes it away, also from whoever looks at it', async () => {
  arrive(room(20, 'Workshop'));
  stage.ada.show(20);
  stage.world.wire.say(history(5, [there(20, 5, 'secret')], { room: 20 }));
  stage.ada.putAway();
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({
    follow: [
      { room: 20, seq: 5 },
      { room: 1, seq: 2 },
    ],
  });
  stage.world.wire.say(welcome(2), { type: 'unfollowed', room: 20 }, history(2, [], { reset: false }));
  await vi.advanceTimersByTimeAsync(300);
  expect([stage.ada.shown.id, stage.ada.lostRoom?.name]).toEqual([1, 'Workshop']);
  expect([[...stage.ada.rooms.keys()], [...stage.shelf.held.keys()]]).toEqual([[1], [1]]);
});

test('an open room is read without joining, leaves nothing behind, and is one’s own once one has joined', async () => {
  arrive();
  stage.ada.show(20);
  stage.world.wire.say(page(20, 5, [is(1, 20, { name: 'Garden' })]));
  expect([stage.ada.shown.isOurs, stage.ada.about(20)?.name, names()]).toEqual([false, 'Garden', ['Lobby']]);
  stage.ada.shown.reading.attentive = true;
  stage.world.wire.say(said(20, 6, 'not for a mark'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stage.world.wire.sent.filter(({ type }) => type === 'read')).toEqual([]);
  expect([...stage.shelf.held.keys()]).toEqual([1]);
  stage.ada.show(1);
  expect(stage.world.wire.last).toMatchObject({ type: 'unfollow', room: 20 });
  expect([...stage.ada.rooms.keys()]).toEqual([1]);
  stage.ada.show(20);
  stage.world.wire.say(page(20, 6, [is(1, 20, { name: 'Garden' })]), mark(2, 20, { up_to: 6, listed: true }));
  expect([stage.ada.shown.isOurs, names()]).toEqual([true, ['Lobby', 'Garden']]);
});

test('a room that is not there, or not for one’s eyes, is said to be missing, and the way back is open', async () => {
  stage.ada.show(99);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 99 }] });
  stage.world.wire.say(welcome(2, { read: 2 }), { type: 'unfollowed', room: 99 }, OWN, HOUSE);
  expect([stage.ada.shown.isMissing, stage.ada.lostRoom, names()]).toEqual([true, null, ['Lobby']]);
  expect(follows()).toEqual([[{ room: 1, seq: 2 }]]);
  stage.ada.show(1);
  expect([follows().at(-1), [...stage.ada.rooms.keys()]]).toEqual([[{ room: 1 }], [1]]);
  await settled();
});

test('all rooms are listed after a reload, before the server has said anything', async () => {
  const more: Partial<Room> = { kind: 'direct', name: '', people: [ADA, GRACE] };
  arrive(room(20, 'Workshop'), room(30, '', { ...more, seq: 6 }));
  stage.world.wire.say(nothing(20, 5), history(6, [there(30, 6, 'psst')], { room: 30, reset: false }));
  stage.ada.putAway();
  await stage.reload();
  expect(names()).toEqual(['Grace *', 'Lobby', 'Workshop']);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ follow: [{ room: 1, seq: 2 }] });
});

test('who came and went stands between the messages, and many who came are one line', () => {
  arrive(room(20, 'Workshop'));
  stage.ada.show(20);
  const joins = [4, 5, 6].map((seq) => member(seq, 100 + seq));
  const messages = [there(20, 3, 'first'), there(20, 7, 'second')];
  stage.world.wire.say({
    ...(page(20, 8, [
      is(1, 20, { name: 'Workshop' }),
      member(2, GRACE),
      ...joins,
      member(8, LINUS),
    ]) as Extract<Event, { type: 'history' }>),
    messages,
  });
  const drawn = () =>
    stage.room(20).rows.map(({ text, quiet, below }) => [quiet.map(({ who }) => who), text, below.length]);
  expect(drawn()).toEqual([
    [[[GRACE]], 'first', 0],
    [[[104, 105, 106]], 'second', 1],
  ]);
  const removed = member(9, 104, { change: 'removed', by: GRACE });
  stage.world.wire.say({ type: 'state', room: 20, ...removed }, said(20, 10, 'third'));
  expect(drawn()).toEqual([
    [[[GRACE]], 'first', 0],
    [[[105, 106]], 'second', 0],
    [[[LINUS], [104]], 'third', 0],
  ]);
});

test('whoever is in 200 rooms says little: one hello and one follow, of less than 16 KiB', async () => {
  const many = Array.from({ length: 200 }, (_, at) => room(10_000_000_000_000_000 / 4 + at, `Room ${at}`));
  arrive(...many);
  const size = () => stage.world.wire.sent.map((each) => JSON.stringify(each).length);
  expect(stage.world.wire.sent.map(({ type }) => type)).toEqual(['hello', 'follow']);
  expect(follows()[0]).toHaveLength(200);
  expect(Math.max(...size())).toBeLessThan(16 * 1024);
  stage.world.wire.say(...many.map(({ id }) => nothing(id, 5)));
  for (const { id } of many.slice(0, 100)) {
    stage.ada.show(id);
    stage.world.wire.say(history(5, [there(id / 1e12, 5, 'here', { room: id, id })], { room: id }));
  }
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.arrive(welcome(2, { beside: many }));
  await settled();
  expect(stage.world.wire.sent.map(({ type }) => type)).toEqual(['hello', 'follow']);
  expect(stage.world.wire.sent[0]).toMatchObject({ follow: { length: 101 } });
  expect(stage.world.wire.sent[1]).toMatchObject({ rooms: { length: 100 } });
  expect(Math.max(...size())).toBeLessThan(16 * 1024);
});
