import type { Message, UserId } from '../../gen/protocol';
import { type Self, wrote } from '../protocol/self';
import type { Unsent } from '../socket/outbox.svelte';
import type { Coming } from './comings.svelte';
import type { Handle } from './hand.svelte';
import { type Quiet, quietLines } from './quiet';
import { type Calendar, clock } from './times.svelte';

const GROUP_MS = 5 * 60_000;

/** A message as the list draws it: with what stands above it. */
export interface Row {
  readonly key: string;
  readonly handle: Handle;
  readonly user: string;
  /** Their id, where it is known. */
  readonly by: UserId | null;
  readonly text: string;
  readonly at: number;
  readonly own: boolean;
  readonly opensDay: boolean;
  readonly opensGroup: boolean;
  readonly message: Message | null;
  /** What is folded into this one line, because one has muted whoever said it. */
  readonly folds: readonly Message[];
  readonly unsent: Unsent | null;
  /** Who came and went before it and since the one above; on the days before, and on its own. */
  readonly earlier: readonly Quiet[];
  readonly quiet: readonly Quiet[];
  /** Who came and went behind it: of the last row alone. */
  readonly below: readonly Quiet[];
}

interface Moment {
  at: number;
  day: string;
  /** By which one the day was found: in another time zone it may be another day. */
  by: Calendar;
}

const moments = new WeakMap<object, Moment>();

function moment(of: Message | Unsent, by: Calendar): Moment {
  const known = moments.get(of);
  if (known?.by === by) return known;
  const at = 'time' in of ? Date.parse(of.time) : of.at;
  const fresh = { at, day: by.dayOf(at), by };
  moments.set(of, fresh);
  return fresh;
}

/**
 * The stored messages and after them the unsent ones, with who came and went between them. A message keeps its key when it
 * is stored, so that its row stays in place; only one's own nonce makes a key, because others may choose theirs as they like.
 */
export function rows(
  messages: readonly Message[],
  unsent: readonly Unsent[],
  me: Self,
  comings: readonly Coming[] = [],
): Row[] {
  const list: Row[] = [];
  const { calendar } = clock;
  let before: { at: number; day: string; author: number | string } | null = null;
  let next = 0;
  /** Who came and went before this place in the log, and is in no row yet. */
  const cameBefore = (seq: number) => {
    const from = next;
    while ((comings[next]?.seq ?? Infinity) < seq) next += 1;
    return comings.slice(from, next);
  };
  const push = (user: string, message: Message | null, entry: Unsent | null) => {
    const thing = (message ?? entry) as Message | Unsent;
    const author = (message ? message.by : me.id) ?? user;
    const { at, day } = moment(thing, calendar);
    const opensDay = before?.day !== day;
    const own = message === null || wrote(me, message);
    const came = cameBefore(message?.seq ?? Infinity);
    const today = opensDay ? came.findIndex((each) => calendar.dayOf(each.at) === day) : 0;
    const split = today < 0 ? came.length : today;
    list.push({
      key: own && thing.nonce ? `own ${thing.nonce}` : `id ${message?.id}`,
      handle: message?.id ?? (thing.nonce as string),
      user,
      by: message?.by ?? null,
      text: thing.text,
      at,
      own,
      opensDay,
      opensGroup:
        opensDay || came.length > 0 || before?.author !== author || Math.abs(at - before.at) > GROUP_MS,
      message,
      folds: [],
      unsent: entry,
      earlier: quietLines(came.slice(0, split)),
      quiet: quietLines(came.slice(split)),
      below: [],
    });
    before = { at, day, author };
  };
  for (const message of messages) push(message.user, message, null);
  const said = unsent.length > 0 ? new Set(messages.map((each) => wrote(me, each) && each.nonce)) : null;
  for (const entry of unsent) if (!said?.has(entry.nonce)) push(me.username, null, entry);
  const last = list.pop();
  if (last) list.push({ ...last, below: quietLines(comings.slice(next)) });
  return list;
}

/** Whether older messages came in front and nothing happened at the end: the list then keeps its place. */
export function grewAtStart(before: readonly Row[], after: readonly Row[]): boolean {
  const added = after.length - before.length;
  return (
    added > 0 && before.length > 0 && after[added]?.key === before[0]?.key && after[0]?.key !== before[0]?.key
  );
}

/** The row that stands in the place of another: itself, or if it is gone the nearest below that is not, or above. */
export function heirOf(key: string, before: readonly Row[], after: readonly Row[]): string | null {
  if (after.some((row) => row.key === key)) return key;
  const index = before.findIndex((row) => row.key === key);
  const left = new Set(after.map((row) => row.key));
  const below = before.slice(index + 1).find((row) => left.has(row.key));
  const above = before.slice(0, Math.max(index, 0)).findLast((row) => left.has(row.key));
  return (below ?? above)?.key ?? null;
}
