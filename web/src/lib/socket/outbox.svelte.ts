import type { Command, Done, Message, RoomId, Seq } from '../../gen/protocol';
import { FIRST_ROOM } from '../../gen/protocol';
import { objection } from '../messages/fault';
import { Refusal, verdictOn } from './refusal';

/** A message that its author already sees and the server may not have yet. */
export interface Unsent {
  readonly nonce: string;
  /** Where it is to be said, wherever its page is by then. */
  readonly room: RoomId;
  readonly text: string;
  readonly at: number;
  /** Why it was refused; it waits for its author then. */
  readonly problem: string | null;
  /** Its place in the log, once it is stored and its event is still on the way. */
  readonly seq: Seq | null;
}

export interface Post {
  call(command: Command): Promise<Done>;
  nonce(): string;
  now(): number;
  /** The number of the last change that is shown. */
  shown(): Seq;
  /** Resolves once the entry would survive the end of the page, or cannot. */
  keep(entry: Unsent): Promise<void>;
  /** The log shows it. */
  stored(nonce: string): void;
  /** Its author let it go. */
  discard(nonce: string): void;
}

/** How long a refusal lasts that passes and does not say how long it lasts. */
const PAUSE_S = 1;
/** How many messages may be on their way at once, if all goes well. */
const WINDOW_MAX = 8;
/** After so many losses in a row one message goes out at a time: to find the one because of which. */
const UNANSWERED_TOGETHER_MAX = 2;
/**
 * How often in a row the connection may be lost instead of an answer to the same message. Whatever it is in it that
 * somebody on the way cannot bear: what is behind it is not to wait for ever.
 */
const UNANSWERED_MAX = 5;

/**
 * Keeps a message before it sends it, and sends the next without waiting for the answer: it names the one before it, so
 * that the order holds even if that one is refused for a time. What is lost on the way goes out again with the same nonce,
 * which the server stores once. What is refused for good is put aside with the reason, and what is behind it goes on.
 */
export class Outbox {
  /** In the order in which they were written, which is the order of their times. */
  entries = $state.raw<readonly Unsent[]>([]);
  /** What is written now is for this room; before anything is known of the rooms, for the one that there always is. */
  room = $state<RoomId>(FIRST_ROOM);
  /** Those of this room. */
  readonly here = $derived(this.entries.filter((entry) => entry.room === this.room));

  readonly #post: Post;
  readonly #keeping = new Set<string>();
  #open = false;
  /** Those on their way on the present connection, in the order in which they went out. */
  #onTheWay = new Set<string>();
  /** How many may be: fewer once something was in vain, more with each that is stored. */
  #window = WINDOW_MAX;
  /** How often the message that went out first went out in vain. */
  #unanswered = { nonce: '', times: 0 };
  /** While it runs, the server has asked for a pause. */
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Resolves once the message is kept. What cannot be stored as it is waits for its author, as what has a problem. */
  add(text: string, problem: string | null = objection(text)): Promise<void> {
    const entry = { nonce: this.#post.nonce(), room: this.room, text, at: this.#now(), problem, seq: null };
    this.entries = [...this.entries, entry];
    return this.#keep(entry);
  }

  /** Takes on what pages that are closed now did not get sent. */
  adopt(left: readonly Unsent[]): void {
    const known = new Set(this.entries.map((entry) => entry.nonce));
    const fresh = left
      .filter((entry) => !known.has(entry.nonce))
      .map((entry) => ({ ...entry, problem: entry.problem ?? objection(entry.text) }));
    if (fresh.length === 0) return;
    this.entries = [...this.entries, ...fresh].sort((one, other) => one.at - other.at);
    this.#pump();
  }

  /** Once the history is there: what it already holds must not be sent again. */
  opened(): void {
    this.#open = true;
    this.#endPause();
    // Acknowledged and yet not in the log: the log is another one now, restored from before.
    this.entries = this.entries.map((entry) => ({ ...entry, seq: null }));
    this.#pump();
  }

  /** The connection is lost, and with it the answers to what is on its way. */
  closed(): void {
    this.#open = false;
    const [first] = this.#onTheWay;
    this.#onTheWay.clear();
    if (first !== undefined) this.#lost(first);
  }

  retry(nonce: string): void {
    this.#again(nonce, {});
  }

  /** With other words it is another message. */
  rewrite(nonce: string, text: string): void {
    if (this.#again(nonce, { text, nonce: this.#post.nonce() })) this.#post.discard(nonce);
  }

  discard(nonce: string): void {
    if (!this.entries.some((entry) => entry.nonce === nonce && entry.problem)) return;
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    this.#post.discard(nonce);
  }

  /** Lets go of what the log now shows. */
  settle(stored: readonly Message[], me: string, seq: Seq): void {
    if (this.entries.length === 0) return;
    const nonces = new Set(stored.filter((message) => message.user === me).map((message) => message.nonce));
    const shown = (entry: Unsent) => nonces.has(entry.nonce) || this.#isShown(entry.room, entry.seq, seq);
    for (const { nonce } of this.entries.filter(shown)) this.#stored(nonce);
  }

  #again(nonce: string, change: Partial<Unsent>): boolean {
    const entry = this.entries.find((each) => each.nonce === nonce);
    if (!entry?.problem) return false;
    const changed = { ...entry, ...change, at: this.#now() };
    const again = { ...changed, problem: objection(changed.text) };
    this.entries = [...this.entries.filter((each) => each !== entry), again];
    void this.#keep(again);
    return true;
  }

  /** Two messages of one moment still have an order. */
  #now(): number {
    return Math.max(this.#post.now(), (this.entries.at(-1)?.at ?? 0) + 1);
  }

  async #keep(entry: Unsent): Promise<void> {
    this.#keeping.add(entry.nonce);
    await this.#post.keep(entry);
    this.#keeping.delete(entry.nonce);
    this.#pump();
  }

  #pump(): void {
    while (this.#open && this.#pause === undefined && this.#onTheWay.size < this.#window) {
      const waits = (entry: Unsent) =>
        entry.problem === null && entry.seq === null && !this.#onTheWay.has(entry.nonce);
      const at = this.entries.findIndex(waits);
      const next = this.entries[at];
      if (!next || this.#keeping.has(next.nonce)) return;
      const before = this.entries.slice(0, at).findLast(({ nonce }) => this.#onTheWay.has(nonce));
      void this.#send(next, before?.nonce);
    }
  }

  async #send({ nonce, room, text }: Unsent, after: string | undefined): Promise<void> {
    this.#onTheWay.add(nonce);
    try {
      const done = await this.#post.call({ type: 'send', text, nonce, room, ...(after && { after }) });
      this.#done(nonce, room, done.seq ?? 0);
    } catch (error) {
      this.#refused(nonce, error instanceof Refusal ? error : Refusal.lost());
    }
    this.#pump();
  }

  #done(nonce: string, room: RoomId, seq: Seq): void {
    this.#answered(nonce);
    this.#window = Math.min(WINDOW_MAX, 2 * this.#window);
    if (this.#isShown(room, seq, this.#post.shown())) this.#stored(nonce);
    else this.#change(nonce, { seq });
  }

  /** Whether nothing is to come that would show it: it is there, or in the log of a room that is not shown. */
  #isShown(room: RoomId, seq: Seq | null, shown: Seq): boolean {
    return seq !== null && (room !== this.room || seq <= shown);
  }

  #refused(nonce: string, refusal: Refusal): void {
    // What was on its way then is not any more: see `closed`.
    if (refusal.code === 'lost') return;
    this.#answered(nonce);
    const verdict = verdictOn(refusal.code);
    if (verdict === 'final') this.#putAside(nonce, refusal);
    if (verdict === 'passing') this.#wait(refusal.retryAfter ?? PAUSE_S);
  }

  #answered(nonce: string): void {
    this.#onTheWay.delete(nonce);
    if (this.#unanswered.nonce === nonce) this.#unanswered.times = 0;
  }

  /** What is on its way is behind what was refused for a time, and is refused as well. */
  #wait(seconds: number): void {
    this.#window = 1;
    this.#endPause();
    this.#pause = setTimeout(() => this.#goOn(), seconds * 1000);
  }

  #lost(nonce: string): void {
    const times = this.#unanswered.nonce === nonce ? this.#unanswered.times + 1 : 1;
    const isEnough = times === UNANSWERED_MAX;
    this.#unanswered = { nonce, times: isEnough ? 0 : times };
    if (times >= UNANSWERED_TOGETHER_MAX) this.#window = 1;
    if (isEnough) this.#putAside(nonce, Refusal.unanswered(times));
  }

  #putAside(nonce: string, refusal: Refusal): void {
    // Under its nonce it would be refused for ever.
    const renewed = refusal.code === 'nonce_reused' ? { nonce: this.#post.nonce() } : {};
    const refused = this.#change(nonce, { problem: refusal.message, ...renewed });
    if (refused) void this.#post.keep(refused);
    if (refused && refused.nonce !== nonce) this.#post.discard(nonce);
  }

  #goOn(): void {
    this.#endPause();
    this.#pump();
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #change(nonce: string, change: Partial<Unsent>): Unsent | undefined {
    const entry = this.entries.find((each) => each.nonce === nonce);
    if (!entry) return undefined;
    const changed = { ...entry, ...change };
    this.entries = this.entries.map((each) => (each === entry ? changed : each));
    return changed;
  }

  #stored(nonce: string): void {
    if (!this.entries.some((entry) => entry.nonce === nonce)) return;
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    this.#post.stored(nonce);
  }
}
