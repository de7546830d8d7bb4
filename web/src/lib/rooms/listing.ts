import {
  type Card,
  FIRST_ROOM,
  type Order,
  type RoomId,
  type RoomKind,
  type UserId,
} from '../../gen/protocol';
import { inWords, namesIn } from '../people/named';
import type { Section } from './order';
import type { HeldRoom } from './room.svelte';

/** Somebody whose face stands for a room. */
export interface RowFace {
  readonly id: UserId;
  readonly name: string;
}

/** A room as the list beside the chat, and what stands over it, show it. */
export interface ListedRow {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Where in the list it stands. */
  readonly section: Section;
  /** Of a direct room: the names of the others, or "Notes" for one's own. */
  readonly name: string;
  readonly icon: string;
  readonly topic: string;
  readonly archived: boolean;
  /** Of a direct room, all of them. */
  readonly people: readonly UserId[];
  /** Of a direct room, the others, by their names. */
  readonly faces: readonly RowFace[];
  /** Whether one has it, and does not only look at it. */
  readonly member: boolean;
  /** Whether one moderates it. */
  readonly moderator: boolean;
  /** Whether there is something behind one's mark. */
  readonly unread: boolean;
}

/** What one's own direct room is called. */
const NOTES = 'Notes';
/** Whom one knows nothing of. */
const SOMEBODY = 'Somebody';

const collator = new Intl.Collator();

/** The room as it is shown to a person; `null` as long as nothing is known of it. */
export function rowOf(
  { id, about, isOurs, isUnread }: HeldRoom,
  me: UserId | undefined,
  cards: ReadonlyMap<UserId, Card>,
): ListedRow | null {
  if (!about) return null;
  const { kind = 'open', icon = '', topic = '', archived = false, people = [], moderator = false } = about;
  const isDirect = kind === 'direct';
  const names = namesIn(cards);
  const others = people
    .filter((each) => each !== me)
    .map((each) => ({ id: each, name: inWords(names.of(each, SOMEBODY)) }));
  const faces = others.sort((one, other) => collator.compare(one.name, other.name));
  const name = isDirect ? faces.map((face) => face.name).join(', ') || NOTES : about.name;
  const section = isDirect ? 'direct' : 'rooms';
  const member = isOurs;
  return {
    id,
    kind,
    section,
    name,
    icon,
    topic,
    archived,
    people,
    faces,
    member,
    moderator,
    unread: isUnread,
  };
}

/**
 * The rooms as they stand in the list: those that are pinned as one has put them; direct ones, the one where something was said
 * last before the others; then those that one has put in an order by hand, the Lobby, and all others by their names.
 */
export function inOrder(
  rooms: readonly HeldRoom[],
  { pinned, rooms: byHand = [] }: Order,
  rowOf: (room: HeldRoom) => ListedRow | null,
): ListedRow[] {
  const [pins, hands] = [placesIn(pinned), placesIn(byHand)];
  const isPinned = ({ id }: HeldRoom) => pins.has(id);
  const first = rooms
    .filter(isPinned)
    .sort((one, other) => (pins.get(one.id) ?? 0) - (pins.get(other.id) ?? 0));
  const others = rooms.filter((room) => !isPinned(room)).sort((one, other) => compare(one, other, hands));
  const rows = (all: readonly HeldRoom[]) => all.flatMap((room) => rowOf(room) ?? []);
  return [...rows(first).map((row) => ({ ...row, section: 'pinned' as const })), ...rows(others)];
}

type Ranks = ReadonlyMap<RoomId, number>;
const placesIn = (ids: readonly RoomId[]): Ranks => new Map(ids.map((id, at) => [id, at]));

function compare(one: HeldRoom, other: HeldRoom, hands: Ranks): number {
  const [isDirect, isOtherDirect] = [one, other].map(({ about }) => about?.kind === 'direct');
  if (isDirect !== isOtherDirect) return isDirect ? -1 : 1;
  if (isDirect) return lastOf(other) - lastOf(one);
  const [place, otherPlace] = [one, other].map(({ id }) => hands.get(id) ?? Infinity) as [number, number];
  if (place !== otherPlace) return place - otherPlace;
  if (one.id === FIRST_ROOM || other.id === FIRST_ROOM) return one.id === FIRST_ROOM ? -1 : 1;
  return collator.compare(one.about?.name ?? '', other.about?.name ?? '') || one.id - other.id;
}

/** Ids rise with time, those of messages and of rooms alike. */
const lastOf = ({ id, lastWord }: HeldRoom) => lastWord?.id ?? id;
