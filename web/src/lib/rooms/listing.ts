import type { RoomId, RoomKind, UserId } from '../../gen/protocol';

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
