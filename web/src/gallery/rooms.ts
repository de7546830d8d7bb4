import type { DirectoryPage, ListedRoom, MemberPage } from '../gen/protocol';
import type { Attempt } from '../lib/rooms/attempt.svelte';
import type { RoomCalls } from '../lib/rooms/calls';
import type { Cards } from '../lib/rooms/company.svelte';
import type { ListedRow } from '../lib/rooms/listing';
import { type Undoable, Undoing } from '../lib/rooms/undoing.svelte';
import { ARABIC, never, refused, WIDE } from './people';

/** As long as a room's name may be. */
export const LONG = 'What the cat of the house has brought in and what we are going to do about it all';
export const ARABIC_ROOM = 'غرفة النقاش العام عن كل ما يهم أهل هذا البيت ومن يزورهم في كل يوم من أيام السنة';
export const TOPIC =
  'Where we speak of all that has no other place: what is for lunch, who has the key to the cellar, and why the printer is on fire again. Please do not put it out yourselves; the last time that cost us a wall, two windows and most of the good will of all.';

let ids = 100;

/** One more room of the list. */
export function row(name: string, more: Partial<ListedRow> = {}): ListedRow {
  ids += 1;
  const plain = { kind: 'open', section: 'rooms', icon: '', topic: '', archived: false } as const;
  return {
    id: ids,
    name,
    ...plain,
    people: [],
    faces: [],
    member: true,
    moderator: false,
    unread: false,
    ...more,
  };
}

export const lobby = row('Lobby', { id: 1 });
const alone = (name: string, people: readonly number[], more: Partial<ListedRow> = {}) => {
  const names = name.split(', ');
  const faces = people.slice(1).map((id, at) => ({ id, name: names[at] ?? name }));
  return row(name, { kind: 'direct', section: 'direct', people, faces, ...more });
};
export const direct = [
  alone('Grace', [1, 2], { unread: true }),
  alone('Grace, Linus, Edsger', [1, 2, 3, 4]),
  alone(ARABIC, [1, 5]),
  alone(WIDE, [1, 6], { unread: true }),
  alone('Notes', [1]),
];
export const rooms = [
  lobby,
  row('Biscuits', { icon: '🍪', unread: true }),
  row('Board', { kind: 'closed' }),
  row('Board of the board', { kind: 'closed', icon: '👩‍👩‍👧‍👦', unread: true }),
  row(LONG, { topic: TOPIC, moderator: true }),
  row(ARABIC_ROOM, { icon: '🌙' }),
  row('Summer party', { archived: true }),
];
export const many = [
  lobby,
  ...Array.from({ length: 199 }, (_, index) => row(`Room ${index + 2}`, { unread: index % 7 === 0 })),
];

const now = Date.now();
const DAY = 86_400_000;

/** One more room of the directory, in which something was said some days ago. */
export function listed(name: string, days: number, more: Partial<ListedRoom> = {}): ListedRoom {
  ids += 1;
  const active = new Date(now - days * DAY).toISOString();
  return { id: ids, state: { name }, member: false, members: 12, active, ...more };
}

export const directory: DirectoryPage = {
  rooms: [
    listed('Lobby', 0, { member: true, members: 1200 }),
    listed('Biscuits', 1, { state: { name: 'Biscuits', icon: '🍪', topic: 'What goes well with tea.' } }),
    listed('Board', 3, { state: { name: 'Board', kind: 'closed' }, member: true, members: 1 }),
    listed(LONG, 70, { state: { name: LONG, topic: TOPIC } }),
    listed(ARABIC_ROOM, 400, { state: { name: ARABIC_ROOM, topic: ARABIC_ROOM } }),
    listed('Summer party', 90, { state: { name: 'Summer party', archived: true } }),
  ],
  more: true,
};

/** Everybody, by id; oneself is Ada, 1. */
export const cards: Cards = new Map(
  ['Ada', 'Grace', ARABIC, WIDE, 'Linus', 'Edsger', 'Barbara', 'Donald', 'Tony'].map((username, index) => [
    index + 1,
    { username, role: 'member', active: true },
  ]),
);
export const others = [...cards].filter(([id]) => id > 1).map(([id, { username: name }]) => ({ id, name }));

/** These many belong to the room, of whom the first moderates it. */
export function company(count: number): MemberPage {
  const members = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    state: { change: 'joined', time: new Date(now).toISOString(), moderator: index === 0 } as const,
  }));
  return { members, more: false };
}
export const crowd: Cards = new Map(
  Array.from({ length: 500 }, (_, index) => [
    index + 1,
    { username: `Person ${String(index + 1).padStart(3, '0')}`, role: 'member', active: true },
  ]),
);

/** Whatever is asked never comes to an end. */
export const silent: RoomCalls = {
  find: never,
  make: never,
  change: never,
  members: never,
  letIn: never,
  join: never,
  leave: never,
  moderate: never,
  remove: never,
  direct: never,
  putAway: never,
};
/** Whatever is asked is refused. */
export const refusing = Object.fromEntries(
  Object.keys(silent).map((name) => [name, refused]),
) as unknown as RoomCalls;

/** Something was just done. */
export function undoing(done: Undoable, attempt: Partial<Pick<Attempt, 'busy' | 'problem'>> = {}): Undoing {
  const told = new Undoing();
  told.done = done;
  Object.assign(told.attempt, attempt);
  return told;
}
