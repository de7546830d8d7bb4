import { expect, test, vi } from 'vitest';
import type { Entry, Event, Role } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

const mark = (seq: number, up_to: number, more: Partial<Entry> = {}): Entry => ({
  seq,
  kind: 'mark',
  id: 1,
  state: { up_to },
  ...more,
});
const account = (seq: number, role: Role): Entry => ({
  seq,
  kind: 'account',
  id: 1,
  state: { username: 'Ada', role },
});
const card = (seq: number, id: number, username: string): Entry => ({
  seq,
  kind: 'card',
  id,
  state: { username, role: 'member', active: true },
});
const states = (
  seq: number,
  states: Entry[],
  about: { house?: boolean; reset?: boolean; live?: boolean } = {},
) => ({ type: 'states', reset: true, live: true, seq, states, ...about }) as Event;
const told = (entry: Entry) => ({ type: 'state', ...entry }) as Event;
const ofHouse = (entry: Entry) => told({ ...entry, house: true });
const names = () => [...stage.ada.cards.values()].map(({ username }) => username);
const follows = () => stage.world.wire.sent.filter(({ type }) => type === 'follow');

/** Ada with three messages of others, and both logs. */
function arrive() {
  stage.arriveWith(3);
  stage.world.wire.say(states(2, [account(1, 'member'), mark(2, 0)]));
  stage.world.wire.say(states(2, [card(1, 1, 'Ada'), card(2, 2, 'Grace')], { house: true }));
}

test('what is read on another device is read here at once, and no mark goes back', () => {
  arrive();
  expect(stage.lobby.reading.unread).toBe(3);
  stage.world.wire.say(told(mark(3, 2)));
  expect(stage.lobby.reading.unread).toBe(1);
  stage.world.wire.say(told(mark(4, 1)), told(mark(5, 9, { id: 7 })));
  expect([stage.lobby.reading.unread, follows()]).toEqual([1, []]);
});

test('what was read elsewhere while the page was away is in the page that is missing', () => {
  arrive();
  stage.world.wire.say(states(5, [mark(5, 3)], { reset: false }));
  expect(stage.lobby.reading.unread).toBe(0);
});

test('a role that is another one is so at once, and what a stranger’s entry says changes nothing', () => {
  arrive();
  stage.world.wire.say(told(account(3, 'admin')));
  expect([stage.ada.moderates, stage.ada.owns]).toEqual([true, false]);
  stage.world.wire.say(told({ ...account(4, 'owner'), id: 2 }));
  stage.world.wire.say(told({ ...account(5, 'owner'), state: { up_to: 3 } }));
  expect([stage.ada.moderates, stage.ada.owns, follows()]).toEqual([true, false, []]);
});

test('when her name changes nothing of hers becomes another’s, and the browser is told', async () => {
  stage.arrive(
    welcome(2),
    history(2, [message(1, 'mine', { by: 1, user: 'Ada' }), message(2, 'hers', { by: 2 })]),
  );
  stage.world.wire.say(states(2, [account(1, 'member'), mark(2, 0)]));
  await stage.lobby.say('on its way');
  stage.ada.drafts.keep(1, 'begun');
  const renamed = { ...account(3, 'member'), state: { username: 'Countess', role: 'member' } } as Entry;
  stage.world.wire.say(told(renamed));
  const { nonce } = stage.sends.at(-1) as { nonce: string };
  stage.world.wire.say({ type: 'message', ...message(3, 'on its way', { by: 1, user: 'Countess', nonce }) });
  expect([stage.ada.username, stage.person]).toEqual(['Countess', '1 Countess']);
  expect(stage.lobby.rows.map(({ own }) => own)).toEqual([true, false, true]);
  expect([stage.ada.outbox.entries, stage.ada.drafts.of(1), stage.lobby.reading.unread]).toEqual([
    [],
    'begun',
    1,
  ]);
  stage.ada.putAway();
  await stage.reload();
  expect([stage.ada.username, stage.lobby.rows.map(({ own }) => own)]).toEqual([
    'Countess',
    [true, false, true],
  ]);
});

test('everybody’s cards come in pages, and follow what happens', () => {
  stage.arriveWith(0);
  const about = { house: true, live: false };
  stage.world.wire.say(states(1, [card(1, 1, 'Ada')], about));
  stage.world.wire.say(ofHouse(card(9, 9, 'too early')));
  stage.world.wire.say(states(3, [card(3, 3, 'Linus')], { ...about, reset: false, live: true }));
  expect(names()).toEqual(['Ada', 'Linus']);
  const weather = { ...card(4, 1, ''), kind: 'weather' } as unknown as Entry;
  stage.world.wire.say(ofHouse(weather), ofHouse({ ...card(7, 3, 'Torvalds'), since: 4 }));
  stage.world.wire.say(ofHouse({ seq: 8, kind: 'card', id: 1, gone: true }), ofHouse(card(7, 3, 'Linus')));
  expect([names(), follows()]).toEqual([['Torvalds'], []]);
});

test('what hangs on something that is not there is not there, whichever comes first, also after a reload', async () => {
  arrive();
  const hangs = (seq: number, id: number, on: number) =>
    ofHouse({ ...card(seq, id, `on ${on}`), of: { kind: 'card', id: on } });
  stage.world.wire.say(hangs(3, 8, 2), hangs(4, 9, 7), hangs(5, 10, 9));
  expect(names()).toEqual(['Ada', 'Grace', 'on 2']);
  stage.world.wire.say(ofHouse({ seq: 6, kind: 'card', id: 2, gone: true }));
  expect(names()).toEqual(['Ada']);
  stage.ada.putAway();
  await stage.reload();
  stage.arrive(welcome(3), history(3, [], { reset: false }));
  stage.world.wire.say(states(7, [card(7, 7, 'Linus')], { house: true, reset: false }));
  expect(names().sort()).toEqual(['Ada', 'Linus', 'on 7', 'on 9']);
  stage.world.wire.say(ofHouse(card(8, 2, 'Grace, again')), ofHouse({ ...card(9, 9, ''), gone: true }));
  expect(names().sort()).toEqual(['Ada', 'Grace, again', 'Linus', 'on 2']);
});

test.each([
  ['own', told(mark(9, 3)), { own: 2 }],
  ['house', ofHouse(card(9, 9, 'Linus')), { house: 2 }],
])('a gap in the log %s is asked for in that log alone', (name, gap, from) => {
  arrive();
  stage.world.wire.say(gap, gap);
  expect(follows()).toEqual([{ type: 'follow', rooms: [], ...from, reset_after: 1000, ref: 1 }]);
  stage.world.wire.say({ type: 'message', ...message(4, 'four') });
  expect(stage.texts.at(-1)).toBe('four');
  stage.world.wire.say({ type: 'ok', ref: 1 });
  const missed = name === 'own' ? [mark(9, 3)] : [card(9, 9, 'Linus')];
  stage.world.wire.say(states(9, missed, { house: name === 'house', reset: false }));
  expect([stage.lobby.reading.unread, names().length]).toEqual(name === 'own' ? [1, 2] : [4, 3]);
});

test('after a reload both logs go on from where they were', async () => {
  arrive();
  stage.world.wire.say(told(mark(3, 2)), ofHouse(card(3, 3, 'Linus')));
  stage.ada.putAway();
  await stage.reload();
  expect(names()).toEqual(['Ada', 'Grace', 'Linus']);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ own: 3, house: 3, epoch: 'first' });
  stage.world.wire.say(welcome(3), states(4, [card(4, 2, 'Hopper')], { house: true, reset: false }));
  expect(names()).toEqual(['Ada', 'Hopper', 'Linus']);
});

test('another epoch begins both logs anew, and a log of the old one is not asked for by its number', async () => {
  arrive();
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5_000);
  stage.arrive(welcome(1, { epoch: 'second' }), history(1, []));
  stage.world.wire.say(states(1, [card(1, 1, 'Ada')], { house: true }));
  expect(names()).toEqual(['Ada']);
  stage.ada.putAway();
  await stage.reload();
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ house: 1, epoch: 'second' });
  expect(stage.world.wire.last).not.toHaveProperty('own');
});

test('guests are told nothing of the house, wait for nothing, and keep nothing of before', () => {
  const claim = vi.spyOn(stage.shelf, 'claim');
  arrive();
  expect(claim).toHaveBeenCalledOnce();
  const user = { id: 1, username: 'Ada', role: 'guest' } as const;
  stage.world.wire.say({ ...welcome(3), user } as Event);
  stage.ada.putAway();
  expect([names(), stage.shelf.logs.get('house')?.entries]).toEqual([[], []]);
});

test('who is here is told by id and drawn as the cards say now, and to a guest by name', () => {
  arrive();
  const here = (state: 'online' | 'offline', ...ids: number[]) =>
    ({ type: 'people', people: ids.map((id) => ({ id, state })) }) as const;
  stage.world.wire.say({ ...here('online', 1, 2, 3), reset: true });
  expect(stage.ada.online).toEqual(['Ada', 'Grace']);
  stage.world.wire.say(ofHouse(card(3, 3, 'Linus')), ofHouse(card(4, 2, 'Hopper')), here('offline', 1));
  expect(stage.ada.online).toEqual(['Hopper', 'Linus']);
  stage.world.wire.say({ ...here('online', 2), reset: true }, here('online', 1));
  expect(stage.ada.online).toEqual(['Hopper', 'Ada']);
  stage.world.wire.say({ type: 'users', users: ['Ada'] });
  stage.world.wire.say({ type: 'presence', online: ['Grace'], offline: [] });
  expect(stage.ada.online).toEqual(['Ada', 'Grace']);
});
