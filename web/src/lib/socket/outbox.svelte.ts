import type { Command, Done, Message, RoomId, Seq } from '../../gen/protocol';
import { Refusal } from './refusal';

/** A message that its author already sees and the server may not have yet. */
export interface Unsent {
  readonly nonce: string;
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
  /** Keeps what is unsent over a reload of the page. */
  keep(entries: readonly Unsent[]): void;
}

/** These pass by themselves: the message stays on its way. */
const PASSING = new Set(['rate_limited', 'overloaded']);
const LOST = new Set(['lost', 'draining']);

/**
 * Sends one message at a time and the next after its answer, so that the order holds even if one is refused.
 * What is lost on the way goes out again with the same nonce, which the server stores once.
 */
export class Outbox {
  entries = $state.raw<readonly Unsent[]>([]);
  room: RoomId | undefined;

  readonly #post: Post;
  #open = false;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: Post, kept: readonly Unsent[] = []) {
    this.#post = post;
    this.entries = kept;
  }

  add(text: string): void {
    const entry = { nonce: this.#post.nonce(), text, at: this.#post.now(), problem: null, seq: null };
    this.#set([...this.entries, entry]);
    void this.#pump();
  }

  /** Once the history is there: what it already holds must not be sent again. */
  opened(): void {
    this.#open = true;
    // Acknowledged and yet not in the log: the log is another one now, restored from before.
    this.#set(this.entries.map((entry) => ({ ...entry, seq: null })));
    void this.#pump();
  }

  closed(): void {
    this.#open = false;
  }

  retry(nonce: string): void {
    const entry = this.entries.find((each) => each.nonce === nonce);
    if (!entry?.problem) return;
    const again = { ...entry, problem: null, at: this.#post.now() };
    this.#set([...this.entries.filter((each) => each !== entry), again]);
    void this.#pump();
  }

  discard(nonce: string): void {
    this.#set(this.entries.filter((entry) => entry.nonce !== nonce || !entry.problem));
  }

  /** Lets go of what the log now shows. */
  settle(stored: readonly Message[], me: string, seq: Seq): void {
    if (this.entries.length === 0) return;
    const nonces = new Set(stored.filter((message) => message.user === me).map((message) => message.nonce));
    const shown = (entry: Unsent) => nonces.has(entry.nonce) || (entry.seq !== null && entry.seq <= seq);
    if (this.entries.some(shown)) this.#set(this.entries.filter((entry) => !shown(entry)));
  }

  async #pump(): Promise<void> {
    if (this.#busy || !this.#open) return;
    const next = this.entries.find((entry) => entry.problem === null && entry.seq === null);
    if (!next) return;
    this.#busy = true;
    const goOn = await this.#send(next);
    this.#busy = false;
    if (goOn) void this.#pump();
  }

  async #send({ nonce, text }: Unsent): Promise<boolean> {
    try {
      const done = await this.#post.call({ type: 'send', text, nonce, room: this.room });
      const seq = done.seq ?? 0;
      if (seq <= this.#post.shown()) this.#set(this.entries.filter((entry) => entry.nonce !== nonce));
      else this.#change(nonce, { seq });
      return true;
    } catch (error) {
      return this.#refused(nonce, error instanceof Refusal ? error : Refusal.lost());
    }
  }

  #refused(nonce: string, refusal: Refusal): boolean {
    if (LOST.has(refusal.code)) return false;
    if (PASSING.has(refusal.code)) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#pump(), (refusal.retryAfter ?? 1) * 1000);
      return false;
    }
    this.#change(nonce, { problem: refusal.message });
    return true;
  }

  #change(nonce: string, change: Partial<Unsent>): void {
    this.#set(this.entries.map((entry) => (entry.nonce === nonce ? { ...entry, ...change } : entry)));
  }

  #set(entries: readonly Unsent[]): void {
    this.entries = entries;
    this.#post.keep(entries);
  }
}
