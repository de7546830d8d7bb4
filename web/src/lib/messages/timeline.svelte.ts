import type { History, Message, MessagePage, Seq } from '../../gen/protocol';
import { become, type Change, isChange, type Numbered, placeOf } from '../protocol/changes';
import { type Taken, taken } from '../protocol/place';

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

/** What has changed while a page is on its way that may hold the messages as they were before. */
type Late = Change[];

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

  /**
   * One page of what was missed: messages in their present state, and those that are gone. Of a log of which nothing is held
   * it only counts how far it goes.
   */
  resume(history: History, epoch: string | undefined): void {
    this.epoch = epoch;
    if (history.reset) return this.#reset(history);
    const { room, seq } = history;
    if (!this.loaded) return void (this.seq = seq);
    for (const id of history.deleted) this.#change({ type: 'delete', id, room, seq });
    // What lies in the hole comes with its own page, when the reader asks for it.
    for (const message of history.messages)
      if (this.misses(message.seq)) this.#comesLate({ type: 'message', ...message });
    this.messages = merge(
      this.messages,
      history.messages.filter(({ seq }) => !this.misses(seq)),
    );
    this.seq = seq;
  }

  /** Takes what goes on from here. What of it is not known counts, and changes nothing. */
  apply(event: Numbered): Taken {
    const place = placeOf(event);
    const becomes = taken(this.seq, place);
    if (becomes !== 'next') return becomes;
    this.seq = place.seq;
    if (this.loaded && isChange(event)) this.#change(event);
    return becomes;
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

  #change(change: Change): void {
    this.#comesLate(change);
    const index = this.messages.findLastIndex((message) => message.id === change.id);
    const after = become(change, this.messages[index]);
    if (index >= 0 && after) this.messages = this.messages.with(index, after);
    else if (index >= 0) this.messages = this.messages.toSpliced(index, 1);
    else if (after && !this.misses(after.seq)) this.messages = inserted(this.messages, after);
  }

  #comesLate(change: Change): void {
    for (const late of this.#late) late.push(change);
  }
}

/** What is left of a hole once this page of it has come. */
function narrowed(hole: Hole, end: End, { messages, more }: MessagePage): Hole | null {
  const reached = end === 'before' ? messages[0]?.seq : messages.at(-1)?.seq;
  if (!more || reached === undefined) return null;
  const left = { ...hole, [end]: reached };
  return left.after + 1 < left.before ? left : null;
}

function changed(message: Message, changes: readonly Change[]): Message | null {
  let present: Message = message;
  for (const change of changes) {
    if (change.id !== message.id) continue;
    const after = become(change, present);
    if (!after) return null;
    present = after;
  }
  return present;
}

/** One that was changed before it came stands behind later ones in the log, and before them in the room. */
function inserted(held: readonly Message[], message: Message): readonly Message[] {
  return held.toSpliced(held.findLastIndex(({ seq }) => seq < message.seq) + 1, 0, message);
}

function merge(held: readonly Message[], news: readonly Message[]): readonly Message[] {
  if (news.length === 0) return held;
  const byId = new Map(held.map((message) => [message.id, message]));
  for (const message of news) byId.set(message.id, message);
  return [...byId.values()].sort((left, right) => left.seq - right.seq);
}
