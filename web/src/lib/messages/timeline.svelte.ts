import type {
  Deleted,
  Edited,
  History,
  Message,
  MessageId,
  MessagePage,
  RoomId,
  Seq,
} from '../../gen/protocol';

export type Change =
  ({ type: 'message' } & Message) | ({ type: 'edit' } & Edited) | ({ type: 'delete' } & Deleted);

/** What every event of a room's log has: one of a newer server, of a type that this page does not know, has at least this. */
export interface Numbered {
  readonly room: RoomId;
  readonly seq: Seq;
}

/** A room's newest messages, as they were at one change. */
type Log = Pick<Timeline, 'messages' | 'more' | 'seq'>;

/** What a change did: `gap` means that something before it is missing and must be asked for. */
export type Applied = 'applied' | 'known' | 'gap';

/** The part of a room's log that this page holds: the newest messages without a hole, oldest first. */
export class Timeline {
  messages = $state.raw<readonly Message[]>([]);
  /** Whether the room has older messages than these. */
  more = $state(false);
  loaded = $state(false);
  /** The number of the last change applied. */
  seq = $state<Seq>(0);
  /** Grows when the list is replaced as a whole: there is no place to keep then. */
  generation = $state(0);
  seenUpTo = $state<Seq>(0);
  /** What `seq` belongs to. */
  epoch: string | undefined;

  /** Changes to messages that are not held, while a page that may hold them is on its way. */
  #late: (Edited | Deleted)[] | null = null;

  get oldest(): Seq | undefined {
    return this.messages[0]?.seq;
  }

  /** The room as this browser kept it, before anything has come. */
  restore(log: Log, epoch: string): void {
    this.epoch = epoch;
    this.#reset(log);
  }

  /** One page of what was missed: messages in their present state, and those that are gone. */
  resume(history: History, epoch: string | undefined): void {
    this.epoch = epoch;
    if (history.reset) return this.#reset(history);
    for (const id of history.deleted) this.#remove({ id, room: history.room, seq: history.seq });
    // What is older than all that is held comes with its own page, when the reader asks for it.
    const from = this.more ? Math.min(this.oldest ?? Infinity, this.seq + 1) : 0;
    const near = history.messages.filter((message) => message.seq >= from);
    if (this.#late)
      this.#late.push(...history.messages.filter((message) => !near.includes(message)).map(asEdit));
    this.messages = merge(this.messages, near);
    this.seq = history.seq;
    this.loaded = true;
  }

  /** Takes the next number of the log, whatever it stands for. */
  count({ seq }: Numbered): Applied {
    if (seq <= this.seq) return 'known';
    if (seq > this.seq + 1) return 'gap';
    this.seq = seq;
    return 'applied';
  }

  apply(change: Change): Applied {
    const counted = this.count(change);
    if (counted !== 'applied') return counted;
    if (change.type === 'message') this.messages = [...this.messages, change];
    else if (change.type === 'edit') this.#edit(change);
    else this.#remove(change);
    return counted;
  }

  /** Fetches the page before the oldest message; changes that overtake it are applied to it afterwards. */
  async loadOlder(fetch: (before: Seq) => Promise<MessagePage>): Promise<void> {
    const { oldest } = this;
    if (this.#late || !this.more || oldest === undefined) return;
    this.#late = [];
    const generation = this.generation;
    try {
      const page = await fetch(oldest);
      if (generation === this.generation) this.#prepend(page);
    } finally {
      if (generation === this.generation) this.#late = null;
    }
  }

  isSeen(message: Message): boolean {
    return message.seen || message.seq <= this.seenUpTo;
  }

  #reset(log: Log): void {
    this.generation += 1;
    this.#late = null;
    this.messages = log.messages;
    this.more = log.more;
    this.seq = log.seq;
    this.loaded = true;
  }

  #prepend(page: MessagePage): void {
    const held = new Set(this.messages.map((message) => message.id));
    const older = page.messages.filter((message) => !held.has(message.id));
    const changes = this.#late ?? [];
    const present = older.map((message) => changed(message, changes)).filter((message) => message !== null);
    this.messages = [...present, ...this.messages];
    this.more = page.more;
  }

  #edit(edit: Edited): void {
    const index = this.#indexOf(edit.id);
    if (index < 0) return void this.#late?.push(edit);
    this.messages = this.messages.with(index, edited(this.messages[index] as Message, edit));
  }

  #remove(deleted: Deleted): void {
    this.#late?.push(deleted);
    const index = this.#indexOf(deleted.id);
    if (index >= 0) this.messages = this.messages.toSpliced(index, 1);
  }

  #indexOf(id: MessageId): number {
    return this.messages.findLastIndex((message) => message.id === id);
  }
}

function edited(message: Message, { text, time }: Edited): Message {
  return { ...message, text, edited: time };
}

function asEdit({ id, text, edited: time = '', room, seq }: Message): Edited {
  return { id, text, time, room, seq };
}

function changed(message: Message, changes: readonly (Edited | Deleted)[]): Message | null {
  let present: Message = message;
  for (const change of changes) {
    if (change.id !== message.id) continue;
    if (!('text' in change)) return null;
    present = edited(present, change);
  }
  return present;
}

function merge(held: readonly Message[], news: readonly Message[]): readonly Message[] {
  if (news.length === 0) return held;
  const byId = new Map(held.map((message) => [message.id, message]));
  for (const message of news) byId.set(message.id, message);
  return [...byId.values()].sort((left, right) => left.seq - right.seq);
}

export function isNumbered(event: object): event is Numbered {
  return 'room' in event && 'seq' in event && Number.isSafeInteger(event.seq);
}
