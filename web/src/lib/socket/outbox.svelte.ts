import type { Command, Done, Message, RoomId, Seq } from '../../gen/protocol';
import { objection } from '../protocol/fault';
import { type Self, wrote } from '../protocol/self';
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
  /** Whether what a room holds already is known: before, something of it could be sent twice. */
  isOpen(room: RoomId): boolean;
  /** The number of the last change of a room that is shown; beyond any, if nothing of the room is. */
  shown(room: RoomId): Seq;
  /** Resolves once the entry would survive the end of the page, or cannot. */
  keep(entry: Unsent): Promise<void>;
  /** The log shows it. */
  stored(entry: Unsent): void;
  /** Its author let it go. */
  discard(nonce: string): void;
}

/** How long a refusal lasts that passes and does not say how long it lasts. */
const PAUSE_S = 1;
/** How many messages of a room may be on their way at once, if all goes well. */
const WINDOW_MAX = 8;
/** After so many losses in a row one message of all goes out at a time: to find the one because of which. */
const UNANSWERED_TOGETHER_MAX = 2;
/**
 * How often in a row the connection may be lost instead of an answer to the same message. Whatever it is in it that
 * somebody on the way cannot bear: what is behind it is not to wait for ever.
 */
const UNANSWERED_MAX = 5;

/** How messages go out to one room. */
interface Lane {
  /** How many may be on their way: fewer once something was in vain, more with each that is stored. */
  window: number;
  /** While it runs, the server has asked for a pause. */
  pause?: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Keeps a message before it sends it, and sends the next one of its room without waiting for the answer: it names the one
 * before it, so that the order holds even if that one is refused for a time. Between rooms there is no order, and none
 * waits for another. What is lost on the way goes out again with the same nonce, which the server stores once. What is
 * refused for good is put aside with the reason, and what is behind it goes on.
 */
export class Outbox {
  /** In the order in which they were written, which is the order of their times. */
  entries = $state.raw<readonly Unsent[]>([]);

  readonly #post: Post;
  readonly #keeping = new Set<string>();
  readonly #lanes = new Map<RoomId, Lane>();
  /** Those on their way on the present connection, each to its room, in the order in which they went out. */
  readonly #onTheWay = new Map<string, RoomId>();
  /** One goes out at a time, until one is stored. */
  #isWary = false;
  /** How often the message that went out first went out in vain. */
  #unanswered = { nonce: '', times: 0 };

  constructor(post: Post) {
    this.#post = post;
  }

  /** Resolves once the message is kept. What cannot be stored as it is waits for its author, as what has a problem. */
  add(room: RoomId, text: string, problem: string | null = objection(text)): Promise<void> {
    const entry = { nonce: this.#post.nonce(), room, text, at: this.#now(), problem, seq: null };
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

  /** Once a room's history is there: what it already holds must not be sent again. */
  opened(room: RoomId): void {
    this.#endPause(this.#lane(room));
    // Acknowledged and yet not in the log: the log is another one now, restored from before.
    this.entries = this.entries.map((entry) => (entry.room === room ? { ...entry, seq: null } : entry));
    this.#pump();
  }

  /** The connection is lost, and with it the answers to what is on its way. */
  closed(): void {
    const [first] = this.#onTheWay.keys();
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

  /** Its author is in this room no more: what waits to be said there goes. */
  leave(room: RoomId): void {
    const left = this.entries.filter((entry) => entry.room === room);
    if (left.length === 0) return;
    this.entries = this.entries.filter((entry) => entry.room !== room);
    for (const { nonce } of left) this.#post.discard(nonce);
  }

  /** Lets go of what the logs now show. */
  settle(stored: readonly Message[], me: Self): void {
    if (this.entries.length === 0) return;
    const nonces = new Set(stored.filter((message) => wrote(me, message)).map((message) => message.nonce));
    const settled = this.entries.filter((entry) => nonces.has(entry.nonce) || this.#isShown(entry));
    for (const { nonce } of settled) this.#stored(nonce);
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
    const waiting = new Set<RoomId>();
    for (const [at, entry] of this.entries.entries()) {
      const { nonce, room, problem, seq } = entry;
      if (problem !== null || seq !== null || waiting.has(room) || this.#onTheWay.has(nonce)) continue;
      if (this.#keeping.has(nonce) || !this.#mayGo(room)) waiting.add(room);
      else void this.#send(entry, this.#before(at)?.nonce);
    }
  }

  #mayGo(room: RoomId): boolean {
    if (!this.#post.isOpen(room) || (this.#isWary && this.#onTheWay.size > 0)) return false;
    const { window, pause } = this.#lane(room);
    const rooms = [...this.#onTheWay.values()];
    return pause === undefined && rooms.filter((each) => each === room).length < window;
  }

  /** The one before it in its room that is on its way. */
  #before(at: number): Unsent | undefined {
    const room = this.entries[at]?.room;
    const before = this.entries.slice(0, at);
    return before.findLast((entry) => entry.room === room && this.#onTheWay.has(entry.nonce));
  }

  async #send({ nonce, room, text }: Unsent, after: string | undefined): Promise<void> {
    this.#onTheWay.set(nonce, room);
    try {
      const done = await this.#post.call({ type: 'send', text, nonce, room, ...(after && { after }) });
      this.#done(nonce, room, done.seq ?? 0);
    } catch (error) {
      this.#refused(nonce, room, error instanceof Refusal ? error : Refusal.lost());
    }
    this.#pump();
  }

  #done(nonce: string, room: RoomId, seq: Seq): void {
    this.#answered(nonce);
    const lane = this.#lane(room);
    lane.window = Math.min(WINDOW_MAX, 2 * lane.window);
    this.#isWary = false;
    const entry = this.#change(nonce, { seq });
    if (entry && this.#isShown(entry)) this.#stored(nonce);
  }

  /** Whether nothing is to come that would show it: it is there, or in the log of a room that is not shown. */
  #isShown({ room, seq }: Unsent): boolean {
    return seq !== null && seq <= this.#post.shown(room);
  }

  #refused(nonce: string, room: RoomId, refusal: Refusal): void {
    // What was on its way then is not any more: see `closed`.
    if (refusal.code === 'lost') return;
    this.#answered(nonce);
    const verdict = verdictOn(refusal.code);
    if (verdict === 'final') this.#putAside(nonce, refusal);
    if (verdict === 'passing') this.#wait(room, refusal.retryAfter ?? PAUSE_S);
  }

  #answered(nonce: string): void {
    this.#onTheWay.delete(nonce);
    if (this.#unanswered.nonce === nonce) this.#unanswered.times = 0;
  }

  #lane(room: RoomId): Lane {
    const lane = this.#lanes.get(room) ?? { window: WINDOW_MAX };
    this.#lanes.set(room, lane);
    return lane;
  }

  /** What is on its way there is behind what was refused for a time, and is refused as well. */
  #wait(room: RoomId, seconds: number): void {
    const lane = this.#lane(room);
    lane.window = 1;
    this.#endPause(lane);
    lane.pause = setTimeout(() => {
      this.#endPause(lane);
      this.#pump();
    }, seconds * 1000);
  }

  #lost(nonce: string): void {
    const times = this.#unanswered.nonce === nonce ? this.#unanswered.times + 1 : 1;
    const isEnough = times === UNANSWERED_MAX;
    this.#unanswered = { nonce, times: isEnough ? 0 : times };
    if (times >= UNANSWERED_TOGETHER_MAX) {
      this.#isWary = true;
      for (const lane of this.#lanes.values()) lane.window = 1;
    }
    if (isEnough) this.#putAside(nonce, Refusal.unanswered(times));
  }

  #putAside(nonce: string, refusal: Refusal): void {
    // Under its nonce it would be refused for ever.
    const renewed = refusal.code === 'nonce_reused' ? { nonce: this.#post.nonce() } : {};
    const refused = this.#change(nonce, { problem: refusal.message, ...renewed });
    if (refused) void this.#post.keep(refused);
    if (refused && refused.nonce !== nonce) this.#post.discard(nonce);
  }

  #endPause(lane: Lane): void {
    clearTimeout(lane.pause);
    lane.pause = undefined;
  }

  #change(nonce: string, change: Partial<Unsent>): Unsent | undefined {
    const entry = this.entries.find((each) => each.nonce === nonce);
    if (!entry) return undefined;
    const changed = { ...entry, ...change };
    this.entries = this.entries.map((each) => (each === entry ? changed : each));
    return changed;
  }

  #stored(nonce: string): void {
    const entry = this.entries.find((each) => each.nonce === nonce);
    if (!entry) return;
    this.entries = this.entries.filter((each) => each !== entry);
    this.#post.stored(entry);
  }
}
