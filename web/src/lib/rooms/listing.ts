import { type Card, FIRST_ROOM, type RoomId, type RoomKind, type UserId } from '../../gen/protocol';
import { inWords, namesIn } from '../people/named';
import type { HeldRoom } from './room.svelte';

/** A room as the list beside the chat, and what stands over it, show it. */
export interface ListedRow {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Of a direct room: the names of the others, or "Notes" for one's own. */
  readonly name: string;
  readonly icon: string;
  readonly topic: string;
  readonly archived: boolean;
  /** Of a direct room, all of them. */
  readonly people: readonly UserId[];
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
  { id, about, isUnread }: HeldRoom,
  me: UserId | undefined,
  cards: ReadonlyMap<UserId, Card>,
): ListedRow | null {
  if (!about) return null;
  const { kind = 'open', icon = '', topic = '', archived = false, people = [], moderator = false } = about;
  const names = namesIn(cards);
  const others = people.filter((each) => each !== me).map((each) => inWords(names.of(each, SOMEBODY)));
  const name = kind === 'direct' ? others.sort(collator.compare).join(', ') || NOTES : about.name;
  return { id, kind, name, icon, topic, archived, people, moderator, unread: isUnread };
}

/** Direct rooms first, the one where something was said last before the others; then the Lobby, then all rooms by their names. */
export function inOrder(one: HeldRoom, other: HeldRoom): number {
  const [isDirect, isOtherDirect] = [one, other].map(({ about }) => about?.kind === 'direct');
  if (isDirect !== isOtherDirect) return isDirect ? -1 : 1;
  if (isDirect) return lastOf(other) - lastOf(one);
  if (one.id === FIRST_ROOM || other.id === FIRST_ROOM) return one.id === FIRST_ROOM ? -1 : 1;
  return collator.compare(one.about?.name ?? '', other.about?.name ?? '') || one.id - other.id;
}

/** Ids rise with time, those of messages and of rooms alike. */
const lastOf = ({ id, lastWord }: HeldRoom) => lastWord?.id ?? id;
