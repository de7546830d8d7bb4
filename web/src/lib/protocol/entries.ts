import type {
  Availability,
  Card,
  Entry,
  Kind,
  Mark,
  Member,
  Mute,
  NewDevice,
  Order,
  OwnAccount,
  PlaceState,
  Profile,
  RoomState,
  PersonStatus,
  UserId,
  Whole,
} from '../../gen/protocol';
import { filled, flag, type Form, listOf, maybe, record, text, time, whole, word } from './form';

/** What states of each kind say that a page makes use of. */
interface StateOf {
  mark: Mark;
  order: Order;
  account: OwnAccount;
  card: Card;
  member: Member;
  room: RoomState;
  place: PlaceState;
  availability: Availability;
  mute: Mute;
  device: NewDevice;
}

const status = record<PersonStatus>({ emoji: maybe(text), text: maybe(text), until: maybe(time) });
const profile = record<Profile>({
  name: maybe(text),
  bio: maybe(text),
  pronouns: maybe(text),
  time_zone: maybe(text),
  status: maybe(status),
  picture: maybe(text),
});

const forms: { readonly [Its in keyof StateOf]: Form<StateOf[Its]> } = {
  mark: record<Mark>({ up_to: whole, listed: maybe(flag) }),
  order: record<Order>({ pinned: listOf(whole), rooms: maybe(listOf(whole)), folded: maybe(listOf(text)) }),
  account: record<OwnAccount>({ username: filled, role: word, profile: maybe(profile) }),
  card: record<Card>({
    username: filled,
    role: word,
    active: flag,
    gone: maybe(flag),
    profile: maybe(profile),
  }),
  member: record<Member>({ change: word, by: maybe(whole), time, moderator: maybe(flag) }),
  room: record<RoomState>({
    kind: maybe(word),
    name: text,
    topic: maybe(text),
    icon: maybe(text),
    archived: maybe(flag),
    closed_at: maybe(whole),
    people: maybe(listOf(whole)),
  }),
  place: record<PlaceState>({ name: filled, registration: word }),
  availability: record<Availability>({ hidden: maybe(flag), busy_until: maybe(time) }),
  mute: record<Mute>({}),
  device: record<NewDevice>({ session: whole, time }),
};

/** The state of an entry, if it is of this kind, and says what one of this kind has to. */
export function stateOf<Its extends keyof StateOf>(kind: Its, entry: Entry): StateOf[Its] | null {
  const { state }: { state?: Whole | undefined } = entry;
  return entry.kind === kind && forms[kind](state) ? state : null;
}

/** Whether an event is an entry of a kind that is spelled no other way. */
export function isEntry(event: object): event is Entry {
  return 'type' in event && event.type === 'state';
}

/** Whom one does not want to hear. */
export function mutedIn(entries: Iterable<Entry>): ReadonlySet<UserId> {
  return new Set([...entries].filter((entry) => stateOf('mute', entry)).map(({ id }) => id));
}

/** Who everybody is. */
export function cardsIn(entries: Iterable<Entry>): ReadonlyMap<UserId, Card> {
  const cards = [...entries].map((entry) => [entry.id, stateOf('card', entry)] as const);
  return new Map(cards.filter((each): each is [UserId, Card] => each[1] !== null));
}

/** What the place is, once it was changed. */
export function placeIn(entries: Iterable<Entry>): PlaceState | null {
  for (const entry of entries) {
    const place = stateOf('place', entry);
    if (place) return place;
  }
  return null;
}

/** One's own account. */
export function accountIn(entries: Iterable<Entry>): OwnAccount | null {
  for (const entry of entries) {
    const account = stateOf('account', entry);
    if (account) return account;
  }
  return null;
}

/** How many things may hang one on the other. A longer chain would be a circle, which no server tells. */
const CHAIN_MAX = 16;

/** Those of a log's entries that hang on nothing that is not among them, whichever of the two came first. */
export function thereIn(entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  const isThere = (entry: Entry): boolean => {
    let of = entry.of;
    for (let length = 0; of && length < CHAIN_MAX; length += 1) {
      const base = entries.get(nameOf(of));
      if (!base) return false;
      of = base.of;
    }
    return true;
  };
  return new Map([...entries].filter(([, entry]) => isThere(entry)));
}

/** Names a thing in its log. */
export const nameOf = ({ kind, id }: { kind: Kind; id: number }) => `${kind} ${id}`;
