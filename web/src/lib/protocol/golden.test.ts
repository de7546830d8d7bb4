// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type {
  Availability,
  Called,
  Delete,
  Edit,
  Follow,
  Followed,
  Hello,
  Login,
  Order,
  OwnChanges,
  Read,
  Ref,
  Registration,
  Send,
  PersonStatus,
  Typing,
  Unfollow,
  UserPatch,
  Watch,
} from '../../gen/protocol';
import { eventIn } from '../socket/events';
import {
  either,
  filled,
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
} from './form';
import * as forms from './forms';

/** The wire as it is, byte for byte: the server's tests read the same files (`crates/protocol/tests/golden.rs`). */
const GOLDEN = new URL('../../../../crates/protocol/golden/', import.meta.url);

function things(kind: string, name: string): Record<string, unknown>[] {
  const lines = readFileSync(new URL(`${kind}/${name}.jsonl`, GOLDEN), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const names = (kind: string) => readdirSync(new URL(kind, GOLDEN)).map((file) => file.replace('.jsonl', ''));

const sequences: Form<Record<string, number>> = (value): value is Record<string, number> =>
  isObject(value) && Object.values(value).every(whole);

const isNull = (value: unknown): value is null => value === null;

type Fields = Record<string, Form<unknown>>;

/** All fields of something, as its declaration has them, and no others. */
const fields = <Thing extends object>(of: { [Name in keyof Thing]-?: Form<Thing[Name]> }) => of as Fields;

const followed = listOf(record<Followed>({ room: whole, seq: maybe(whole) }));
const ref = maybe(either(whole, text));

const said: Record<string, Record<string, Fields>> = {
  commands: {
    send: fields<Called & Send>({
      type: word,
      text: filled,
      room: maybe(whole),
      nonce: maybe(filled),
      after: maybe(filled),
      ref,
    }),
    edit: fields<Called & Edit>({ type: word, id: whole, text: filled, ref }),
    delete: fields<Called & Delete>({ type: word, id: whole, ref }),
    read: fields<Called & Read>({ type: word, room: maybe(whole), up_to: whole, ref }),
    hello: fields<Called & Hello>({
      type: word,
      rooms: sequences,
      epoch: maybe(text),
      reset_after: maybe(whole),
      follow: maybe(followed),
      own: maybe(whole),
      house: maybe(whole),
      people: maybe(listOf(whole)),
      idle: maybe(whole),
      ref,
    }),
    follow: fields<Called & Follow>({
      type: word,
      rooms: followed,
      own: maybe(whole),
      house: maybe(whole),
      reset_after: maybe(whole),
      ref,
    }),
    unfollow: fields<Called & Unfollow>({ type: word, room: whole, ref }),
    active: fields<{ type: 'active'; ref?: Ref }>({ type: word, ref }),
    watch: fields<Called & Watch>({ type: word, people: listOf(whole), ref }),
    typing: fields<Called & Typing>({ type: word, room: whole, ref }),
  },
  requests: {
    registration: fields<Registration>({
      username: filled,
      email: filled,
      password: filled,
      invitation: maybe(text),
      place: maybe(text),
    }),
    profile: fields<OwnChanges>({
      username: maybe(text),
      email: maybe(text),
      name: maybe(text),
      bio: maybe(text),
      pronouns: maybe(text),
      time_zone: maybe(text),
      status: either(
        isNull,
        maybe(record<PersonStatus>({ emoji: maybe(text), text: maybe(text), until: maybe(time) })),
      ),
    }),
    order: fields<Order>({ pinned: listOf(whole), rooms: maybe(listOf(whole)), folded: maybe(listOf(text)) }),
    availability: fields<Availability>({ hidden: maybe(flag), busy_until: maybe(time) }),
    standing: fields<UserPatch>({ role: maybe(word), active: maybe(flag) }),
    login: fields<Login>({ username: filled, password: filled }),
  },
};

const answered: Record<string, Form<object>> = {
  me: forms.me,
  user: forms.user,
  registered: forms.registered,
  logged_in: forms.loggedIn,
  session: forms.session,
  message_page: forms.messagePage,
  problem: forms.problem,
};

test.each(names('events'))('the event %s is what it always was', (name) => {
  for (const event of things('events', name)) {
    expect(event.type).toBe(name);
    expect(eventIn(JSON.stringify(event))).toEqual(event);
  }
});

test('every answer is what it always was', () => {
  expect(names('answers').sort()).toEqual(Object.keys(answered).sort());
  for (const [name, form] of Object.entries(answered))
    for (const thing of things('answers', name)) expect(form(thing), name).toBe(true);
});

test.each(Object.keys(said))('all %s are what they always were', (kind) => {
  const kinds = said[kind] ?? {};
  expect(names(kind).sort()).toEqual(Object.keys(kinds).sort());
  for (const [name, of] of Object.entries(kinds)) {
    const lines = things(kind, name);
    for (const thing of lines) expect(record(of)(thing), name).toBe(true);
    expect([...new Set(lines.flatMap(Object.keys))].sort(), name).toEqual(Object.keys(of).sort());
  }
});
