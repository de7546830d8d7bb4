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
export interface Log {
  readonly messages: readonly Message[];
  /** Whether the room has older ones. */
  readonly more: boolean;
  readonly seq: Seq;
}

/** What is missing of a room's log: all between these two, which are not. */
export interface Hole {
  readonly after: Seq;
  readonly before: Seq;
}

/** The end of a hole at which a page of what is missing begins. */
export type End = keyof Hole;

/** Changes to messages that are not held, while a page that may hold them is on its way. */
type Late = (Edited | Deleted)[];

/** What a change did: `gap` means that something before it is missing and must be asked for. */
export type Applied = 'applied' | 'known' | 'gap';

/**
 * What this page holds of a room's log, oldest first: the newest messages, without a gap up to the last change. Somebody
 * who went to the beginning has the oldest as well, and a hole between the two.
 */
export class Timeline {
  messages = $state.raw<readonly Message[]>([]);
  /** None if all of the room is held. */
  hole = $state.raw<Hole | null>(null);
  loaded = $state(false);
  /** The number of the last change applied. */
  seq = $state<Seq>(0);
  /** Grows when what is shown is replaced as a whole: there is no place to keep then. */
  generation = $state(0);
  seenUpTo = $state<Seq>(0);
  /** What `seq` belongs to. */
  epoch: string | undefined;

  /** Whether the oldest messages are shown, up to the hole, and not the newest, from it on. */
  readonly atOldest = $derived(this.hole !== null && this.hole.after > 0);
  /** From the hole on, or all that is held. */
  readonly newest = $derived.by(() => {
    const { hole, messages } = this;
    return hole ? messages.filter(({ seq }) => seq >= hole.before) : messages;
  });
  /** What stands in the list, without a gap. */
  readonly shown = $derived.by(() => {
    const { hole, messages, newest } = this;
    return hole && this.atOldest ? messages.filter(({ seq }) => seq <= hole.after) : newest;
  });
  /** The pages that are on their way. */
  readonly #late = new Set<Late>();

  /** Whether a message with this number may be there and is not held. */
  misses(seq: Seq): boolean {
    return this.hole !== null && this.hole.after < seq && seq < this.hole.before;
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
    // What lies in the hole comes with its own page, when the reader asks for it.
    for (const message of history.messages) if (this.misses(message.seq)) this.#comesLate(asEdit(message));
    this.messages = merge(
      this.messages,
      history.messages.filter(({ seq }) => !this.misses(seq)),
    );
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
    switch (change.type) {
      case 'message':
        this.messages = [...this.messages, change];
        break;
      case 'edit':
        this.#edit(change);
        break;
      case 'delete':
        this.#remove(change);
        break;
      default:
        // What has one type more in its log is told here by the compiler.
        change satisfies never;
    }
    return counted;
  }

  /** Fetches a page of what is missing; changes that overtake it are applied to it afterwards. */
  async fill(end: End, fetch: (place: Seq) => Promise<MessagePage>): Promise<void> {
    const { hole, generation } = this;
    if (!hole) return;
    const late: Late = [];
    this.#late.add(late);
    try {
      const page = await fetch(hole[end]);
      if (generation === this.generation) this.#insert(page, end, late);
    } finally {
      this.#late.delete(late);
    }
  }

  /** Shows the newest messages again, and lets go of the oldest. */
  showNewest(): void {
    if (!this.hole || !this.atOldest) return;
    this.messages = this.newest;
    this.hole = { ...this.hole, after: 0 };
    this.generation += 1;
  }

  #reset({ messages, more, seq }: Log): void {
    this.generation += 1;
    this.messages = messages;
    this.hole = more ? { after: 0, before: messages[0]?.seq ?? seq + 1 } : null;
    this.seq = seq;
    this.loaded = true;
  }

  #insert(page: MessagePage, end: End, late: Late): void {
    const { hole, atOldest } = this;
    if (!hole) return;
    const missing = page.messages.filter(({ seq }) => this.misses(seq));
    const present = missing.map((message) => changed(message, late)).filter((message) => message !== null);
    this.messages = merge(this.messages, present);
    this.hole = narrowed(hole, end, page);
    if (this.atOldest && !atOldest) this.generation += 1;
  }

  #edit(edit: Edited): void {
    const index = this.#indexOf(edit.id);
    if (index < 0) return this.#comesLate(edit);
    this.messages = this.messages.with(index, edited(this.messages[index] as Message, edit));
  }

  #remove(deleted: Deleted): void {
    this.#comesLate(deleted);
    const index = this.#indexOf(deleted.id);
    if (index >= 0) this.messages = this.messages.toSpliced(index, 1);
  }

  #comesLate(change: Edited | Deleted): void {
    for (const late of this.#late) late.push(change);
  }

  #indexOf(id: MessageId): number {
    return this.messages.findLastIndex((message) => message.id === id);
  }
}

/** What is left of a hole once this page of it has come. */
function narrowed(hole: Hole, end: End, { messages, more }: MessagePage): Hole | null {
  const reached = end === 'before' ? messages[0]?.seq : messages.at(-1)?.seq;
  if (!more || reached === undefined) return null;
  const left = { ...hole, [end]: reached };
  return left.after + 1 < left.before ? left : null;
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
