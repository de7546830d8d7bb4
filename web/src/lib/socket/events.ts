import type {
  Done,
  Event,
  Failed,
  History,
  PresentPeople,
  PersonPresence,
  PersonTyping,
  Seen,
  States,
  Welcome,
} from '../../gen/protocol';
import { type Change, changeForms } from '../protocol/changes';
import {
  either,
  flag,
  isObject,
  listOf,
  maybe,
  record,
  text,
  time,
  whole,
  word,
  type Form,
} from '../protocol/form';
import { entry, me, message, room } from '../protocol/forms';

type EventFields<Type> = Omit<Extract<Event, { type: Type }>, 'type'>;

const names = listOf(text);
const ref = either(whole, text);

/** An entry of any log, of whatever kind. */
const entries = { state: entry };

/** What everything else says that a page cannot do without. */
const words: {
  [Type in Exclude<Event['type'], Change['type'] | keyof typeof entries>]: Form<EventFields<Type>>;
} = {
  users: record<EventFields<'users'>>({ users: names }),
  presence: record<EventFields<'presence'>>({ online: names, offline: names }),
  people: record<PresentPeople>({
    reset: maybe(flag),
    people: listOf(record<PersonPresence>({ id: whole, state: word, busy: maybe(time), last: maybe(time) })),
  }),
  seen: record<Seen>({ room: whole, up_to: whole }),
  ok: record<Done>({ ref, id: maybe(whole), seq: maybe(whole), time: maybe(text) }),
  error: record<Failed>({
    code: word,
    message: text,
    ref: maybe(ref),
    field: maybe(text),
    id: maybe(whole),
    retry_after: maybe(whole),
  }),
  hello: record<Welcome>({
    user: me,
    epoch: text,
    rooms: listOf(room),
    public_url: maybe(text),
    ref: maybe(ref),
  }),
  history: record<History>({
    room: whole,
    reset: flag,
    more: flag,
    messages: listOf(message),
    deleted: listOf(whole),
    states: maybe(listOf(entry)),
    seq: whole,
    live: flag,
  }),
  typing: record<PersonTyping>({ room: whole, user: whole }),
  unfollowed: record<EventFields<'unfollowed'>>({ room: whole }),
  states: record<States>({ house: maybe(flag), reset: flag, states: listOf(entry), seq: whole, live: flag }),
};

const known = new Map<string, Form<object>>([...changeForms, ...Object.entries({ ...entries, ...words })]);

/**
 * The event in a frame; `null` if what is there cannot be this server's. A newer server's, or a change that says in an
 * unknown way what it changes, passes as an event of no known type: it counts if it has a number, and shows nothing.
 */
export function eventIn(frame: unknown): Event | null {
  const value = parse(frame);
  if (!isObject(value) || !text(value.type)) return null;
  const { type } = value;
  if (known.get(type)?.(value)) return value as Event;
  if (Object.hasOwn(words, type)) return null;
  return { ...value, type: 'unknown' } as object as Event;
}

function parse(frame: unknown): unknown {
  try {
    return JSON.parse(String(frame));
  } catch {
    return null;
  }
}
