import type { Message } from '../gen/protocol';
import { type Row, rows } from '../lib/messages/rows';
import type { Unsent } from '../lib/socket/outbox.svelte';

const MINUTE = 60_000;
const now = Date.now();
let places = 0;

/** Whose page it is. */
export const ME = { id: null, username: 'Ada' };

/** One more message of the room, said some minutes ago. */
export function message(
  user: string,
  text: string,
  minutesAgo: number,
  more: Partial<Message> = {},
): Message {
  places += 1;
  const time = new Date(now - minutesAgo * MINUTE).toISOString();
  return { id: places, user, text, time, seen: false, room: 1, seq: places, ...more };
}

export function unsent(text: string, problem: string | null = null): Unsent {
  places += 1;
  return { nonce: `gallery ${places}`, room: 1, text, at: now, problem, seq: null };
}

/** As Ada's page draws it, alone. */
export function rowOf(of: Message | Unsent): Row {
  const [row] = 'time' in of ? rows([of], [], ME) : rows([], [of], ME);
  if (!row) throw new Error('A message makes a row.');
  return row;
}
