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
/**
 * How often in a row the connection may be lost instead of an answer to the same message. Whatever it is in it that
 * somebody on the way cannot bear: what is behind it is not to wait for ever.
 */
const UNANSWERED_MAX = 5;

/**
 * Keeps a message before it sends it, and sends the next after the answer to the one before, so that the order holds
 * even if one is refused. What is lost on the way goes out again with the same nonce, which the server stores once.
 * What is refused for good is put aside with the reason, and what is behind it goes on.
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
  #busy = false;
  /** How often the message that is to go out went out in vain. */
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
    void this.#pump();
  }

  /** Once the history is there: what it already holds must not be sent again. */
  opened(): void {
    this.#open = true;
    this.#endPause();
    // Acknowledged and yet not in the log: the log is another one now, restored from before.
    this.entries = this.entries.map((entry) => ({ ...entry, seq: null }));
    void this.#pump();
  }

  closed(): void {
    this.#open = false;
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
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#busy || !this.#open || this.#pause !== undefined) return;
    const next = this.entries.find((entry) => entry.problem === null && entry.seq === null);
    if (!next || this.#keeping.has(next.nonce)) return;
    this.#busy = true;
    const goOn = await this.#send(next);
    this.#busy = false;
    if (goOn) void this.#pump();
  }

  async #send({ nonce, room, text }: Unsent): Promise<boolean> {
    try {
      const done = await this.#post.call({ type: 'send', text, nonce, room });
      const seq = done.seq ?? 0;
      if (this.#isShown(room, seq, this.#post.shown())) this.#stored(nonce);
      else this.#change(nonce, { seq });
      return true;
    } catch (error) {
      return this.#refused(nonce, error instanceof Refusal ? error : Refusal.lost());
    }
  }

  /** Whether nothing is to come that would show it: it is there, or in the log of a room that is not shown. */
  #isShown(room: RoomId, seq: Seq | null, shown: Seq): boolean {
    return seq !== null && (room !== this.room || seq <= shown);
  }

  /** Whether the next may go out. */
  #refused(nonce: string, refusal: Refusal): boolean {
    if (refusal.code === 'lost') return this.#lost(nonce);
    this.#unanswered.times = 0;
    switch (verdictOn(refusal.code)) {
      case 'session_over':
        return false;
      case 'passing':
        this.#pause = setTimeout(() => this.#goOn(), (refusal.retryAfter ?? PAUSE_S) * 1000);
        return false;
      case 'final':
        this.#putAside(nonce, refusal);
        return true;
    }
  }

  #lost(nonce: string): boolean {
    const times = this.#unanswered.nonce === nonce ? this.#unanswered.times + 1 : 1;
    const isEnough = times === UNANSWERED_MAX;
    this.#unanswered = { nonce, times: isEnough ? 0 : times };
    if (isEnough) this.#putAside(nonce, Refusal.unanswered(times));
    return false;
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
    void this.#pump();
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
