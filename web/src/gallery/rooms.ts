import type { ListedRow } from '../lib/rooms/listing';
import { ARABIC, WIDE } from './people';

/** As long as a room's name may be. */
export const LONG = 'What the cat of the house has brought in and what we are going to do about it all';
export const ARABIC_ROOM = 'غرفة النقاش العام عن كل ما يهم أهل هذا البيت ومن يزورهم في كل يوم من أيام السنة';
export const TOPIC =
  'Where we speak of all that has no other place: what is for lunch, who has the key to the cellar, and why the printer is on fire again. Please do not put it out yourselves; the last time that cost us a wall, two windows and most of the good will of all.';

let ids = 100;

/** One more room of the list. */
export function row(name: string, more: Partial<ListedRow> = {}): ListedRow {
  ids += 1;
  const plain = { kind: 'open', icon: '', topic: '', archived: false, people: [], moderator: false } as const;
  return { id: ids, name, ...plain, unread: false, ...more };
}

export const lobby = row('Lobby', { id: 1 });
export const direct = [
  row('Grace', { kind: 'direct', people: [1, 2], unread: true }),
  row('Grace, Linus, Edsger', { kind: 'direct', people: [1, 2, 3, 4] }),
  row(ARABIC, { kind: 'direct', people: [1, 5] }),
  row(WIDE, { kind: 'direct', people: [1, 6], unread: true }),
  row('Notes', { kind: 'direct', people: [1] }),
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
