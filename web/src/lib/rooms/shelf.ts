import type { Entry, Me, Message, Room, RoomId, Seq, UserId } from '../../gen/protocol';
import type { Unsent } from '../socket/outbox.svelte';

/** A room as it was at one change of its log: whoever holds this may go on from `seq`. */
export interface Held {
  readonly me: Me;
  readonly room: Room;
  readonly epoch: string;
  readonly seq: Seq;
  /** Whether the room has older messages than these. */
  readonly more: boolean;
  readonly messages: readonly Message[];
  /** Who came and went between them, as entries of the log. */
  readonly states?: readonly Entry[] | undefined;
  /** Nobody has opened it: of its log nothing is held but the last word, if that is known. */
  readonly bare?: boolean | undefined;
  /** The address that people open, if it is another one than the page's. */
  readonly public_url?: string | undefined;
}

/** The logs that are no room's. */
export type LogName = 'own' | 'house';

/** One's own log, or the house's, as it was at one change: whoever holds this may go on from `seq`. */
export interface KeptLog {
  readonly name: LogName;
  readonly epoch: string;
  readonly seq: Seq;
  readonly entries: readonly Entry[];
}

/** What has changed in such a log: from one change, or from its beginning, up to another. */
export interface LogNews {
  readonly name: LogName;
  readonly epoch: string;
  readonly since: Seq | null;
  readonly seq: Seq;
  readonly changed: readonly Entry[];
}

export interface ShelfContents {
  readonly logs: readonly KeptLog[];
  readonly held: readonly Held[];
  readonly unsent: readonly Unsent[];
}

/**
 * What this browser keeps of a person's chat while no page is open. Everything is done in the order asked for, whole
 * or not at all, and nothing fails: a browser that keeps nothing costs what it would have kept, and no more.
 */
export interface Shelf {
  /** What is kept, when the page opens; the unsent messages of closed pages are this page's from now on. */
  take(): Promise<ShelfContents>;
  /** Whose all of it is: it hangs on this from now on, and not on a name. Gives the unsent messages that came by that. */
  known(id: UserId): Promise<readonly Unsent[]>;
  /** The unsent messages of pages that were closed meanwhile. */
  claim(): Promise<readonly Unsent[]>;
  /** Calls whenever a page was closed, which may have left something to claim. */
  watch(closed: () => void): void;
  keep(entry: Unsent): Promise<void>;
  /** Its author let it go. */
  discard(nonce: string): Promise<void>;
  /** In one step, so that a message is at no moment in neither: the rooms, and what was unsent and is stored now. */
  hold(held: readonly Held[], stored: readonly string[]): Promise<void>;
  /** Takes what goes on from what is kept: another page may have kept more, or less, and then this is not for here. */
  note(news: LogNews): Promise<void>;
  /** The person is in this room no more. */
  drop(room: RoomId): Promise<void>;
  /** The person is in these rooms, and in no others; what other pages that live wait to send is theirs to drop. */
  keepOnly(rooms: ReadonlySet<RoomId>): Promise<void>;
  forget(what: 'everything' | 'messages'): Promise<void>;
}

const MESSAGES = 200;
const CHARS = 256 * 1024;

/** The newest messages, as many as are worth keeping. */
export function newest(messages: readonly Message[]): readonly Message[] {
  let chars = 0;
  let from = messages.length;
  while (from > 0 && messages.length - from < MESSAGES) {
    chars += messages[from - 1]?.text.length ?? 0;
    if (chars > CHARS) break;
    from -= 1;
  }
  return from === 0 ? messages : messages.slice(from);
}
