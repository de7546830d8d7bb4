import type { Event, Hello, History, Me, Message, MessagePage, Room, Seq, Welcome } from '../../gen/protocol';
import { HISTORY_PAGE } from '../../gen/protocol';
import { isChange, isNumbered, type Numbered } from '../messages/changes';
import { type Deeds, deedsOf } from '../messages/deeds';
import { type Drawer, Edits } from '../messages/edits.svelte';
import { Filling, type Wish } from '../messages/filling.svelte';
import { asChanges, type Changes, happened, type News } from '../messages/news';
import { Reading } from '../messages/reading.svelte';
import { rows } from '../messages/rows';
import { type End, Timeline } from '../messages/timeline.svelte';
import { present } from '../people/presence';
import { Connection, type Listener, type World } from '../socket/connection.svelte';
import { Outbox, type Unsent } from '../socket/outbox.svelte';
import { Holding } from './holding';
import { type Held, newest, type Shelf } from './shelf';

export interface Surroundings {
  world: World;
  nonce(): string;
  now(): number;
  /** The page of a room's history that begins behind a place, or ends before it. */
  page(room: number, place: Partial<Record<End, Seq>>, limit: number): Promise<MessagePage>;
  shelf: Shelf;
  /** Where unsaved edits are kept. */
  drawer: Drawer;
  /** Something happened to the messages that the page shows. */
  announce(news: News): void;
  sessionOver(): void;
}

/** Whoever missed more than this is better off at the newest page than reading up through twenty of them. */
export const RESET_AFTER = 1_000;
const RELOAD_MS = 1_000;
const NOTHING: Changes = { messages: [], deleted: [] };
/** What was typed in the place of a message stays when the message does not. */
const GONE = 'The message that this was to replace is gone. Try again to send it as a new one.';

/** One person in one room: what they see, what they say, and how both survive a lost connection. */
export class Conversation implements Listener {
  me = $state.raw<Me | null>(null);
  room = $state.raw<Room | null>(null);
  online = $state.raw<readonly string[]>([]);
  /** The address that people open, if the server was told that it is another one than the page's. */
  publicUrl = $state<string>();

  readonly timeline = new Timeline();
  readonly filling: Filling;
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly reading: Reading;
  readonly edits: Edits;
  readonly deeds: Deeds;
  readonly rows = $derived.by(() =>
    rows(this.timeline.shown, this.timeline.atOldest ? [] : this.outbox.here, this.me?.username ?? this.name),
  );
  readonly owns = $derived(this.me?.role === 'owner');
  readonly moderates = $derived(this.owns || this.me?.role === 'admin');

  readonly #around: Surroundings;
  readonly #holding: Holding;
  /** The name as it was at login: until the server has said it, one's unsent messages carry it. */
  readonly name: string;
  #resuming = false;
  /** What the server counts in; what is held counts in it only once its history has come. */
  #epoch: string | undefined;

  constructor(name: string, around: Surroundings) {
    this.name = name;
    this.#around = around;
    this.connection = new Connection(around.world, this);
    const call = this.connection.call.bind(this.connection);
    const shown = () => this.timeline.seq;
    const { nonce, now, shelf } = around;
    const page = (end: End, place: Seq) => around.page(this.room?.id ?? 0, { [end]: place }, HISTORY_PAGE);
    this.filling = new Filling(this.timeline, page);
    this.edits = new Edits(around.drawer);
    this.#holding = new Holding(shelf, () => this.#held());
    this.outbox = new Outbox({
      call,
      shown,
      nonce,
      now,
      keep: (entry) => shelf.keep(entry),
      stored: (each) => this.#holding.stored(each),
      discard: (each) => {
        this.edits.letGo(each);
        void shelf.discard(each);
      },
    });
    this.deeds = deedsOf(call, this.outbox, this.edits);
    this.reading = new Reading({
      say: (command) => call({ ...command, room: this.room?.id } as typeof command),
      messages: () => this.timeline.newest,
      shown,
      me: () => this.me?.username ?? name,
    });
  }

  /** Shows the room as this browser kept it, and goes on from there. */
  async start(): Promise<void> {
    const { shelf } = this.#around;
    shelf.watch(() => this.#closed());
    const { held, unsent } = await shelf.take();
    if (this.connection.phase === 'over') return;
    if (held) this.#restore(held);
    this.#adopt(unsent);
    this.connection.connect();
  }

  stop(): void {
    this.connection.stop();
    this.putAway();
  }

  /** The page may end without another word. */
  putAway(): void {
    this.#holding.flush();
  }

  /** Ends it for good: nothing of it stays in this browser. */
  async forget(): Promise<void> {
    this.connection.stop();
    this.#holding.stop();
    await this.#around.shelf.forget('everything');
  }

  /** Has messages come that are missing. */
  async fill(wish: Wish): Promise<void> {
    await this.filling.fill(wish);
    this.#keepOrphans();
  }

  hello(): Hello {
    this.#resuming = true;
    const { epoch, loaded, seq } = this.timeline;
    if (!this.room || !loaded) return { rooms: {} };
    return { rooms: { [this.room.id]: seq }, epoch, reset_after: RESET_AFTER };
  }

  receive(event: Event): void {
    this.#take(event);
    if (event.type !== 'users' && event.type !== 'presence') this.#holding.changed();
  }

  #take(event: Event): void {
    if (event.type === 'hello') this.#welcome(event);
    else if (event.type === 'users' || event.type === 'presence') this.online = present(this.online, event);
    else if ('room' in event && event.room !== this.room?.id) return;
    else if (event.type === 'history') this.#resume(event);
    else if (event.type === 'seen') this.timeline.seenUpTo = Math.max(this.timeline.seenUpTo, event.up_to);
    else if (isNumbered(event)) this.#follow(event);
  }

  lost(): void {
    this.outbox.closed();
    this.putAway();
  }

  /** The unsent messages wait for the same person to sign in again; everything else goes. */
  sessionOver(): void {
    this.#holding.stop();
    const leave = () => this.#around.sessionOver();
    this.#around.shelf.forget('messages').then(leave, leave);
  }

  #restore({ me, room, epoch, public_url, ...log }: Held): void {
    this.me = me;
    this.publicUrl = public_url;
    this.room = room;
    this.outbox.room = room.id;
    this.timeline.restore(log, epoch);
    this.timeline.seenUpTo = room.seen_up_to;
    this.reading.upTo = room.read_up_to;
  }

  #held(): Held | null {
    const { me, room, publicUrl: public_url } = this;
    const { epoch, loaded, newest: messages, hole, seq, seenUpTo } = this.timeline;
    if (!me || !room || !loaded || epoch === undefined) return null;
    const kept = newest(messages);
    const more = hole !== null || kept !== messages;
    const marks = { seq, read_up_to: this.reading.upTo, seen_up_to: seenUpTo };
    const about = { me, room: { ...room, ...marks }, epoch, seq, public_url };
    return { ...about, more, messages: kept };
  }

  #adopt(unsent: readonly Unsent[]): void {
    this.outbox.adopt(unsent);
    this.#settle(this.timeline.messages);
  }

  #welcome({ user, epoch, rooms: all, public_url }: Welcome): void {
    const sameEpoch = this.timeline.epoch === epoch;
    const room = all[0] ?? null;
    this.me = user;
    this.publicUrl = public_url;
    this.room = room;
    this.#epoch = epoch;
    if (!room) return;
    this.outbox.room = room.id;
    this.timeline.seenUpTo = sameEpoch ? Math.max(this.timeline.seenUpTo, room.seen_up_to) : room.seen_up_to;
    this.reading.resume(room.read_up_to, sameEpoch);
  }

  #resume(history: History): void {
    const { loaded, messages, seq } = this.timeline;
    this.timeline.resume(history, this.#epoch);
    if (loaded && !history.reset) this.#announce(history, messages, seq);
    this.#settle(history.messages);
    if (!history.live) return;
    this.#resuming = false;
    this.#keepOrphans();
    this.outbox.opened();
    void this.claim();
    this.reading.notice();
  }

  /** Somebody has to send what a page wrote that was closed while it was offline. */
  async claim(): Promise<void> {
    this.#adopt(await this.#around.shelf.claim());
  }

  /** A page that is only being reloaded takes up its own; and whoever cannot send leaves it to those who can. */
  #closed(): void {
    setTimeout(() => this.connection.phase === 'open' && void this.claim(), RELOAD_MS);
  }

  /** Takes the next event of the log, which may be of a kind that this page does not know. */
  #follow(event: Numbered): void {
    // Until the answer to `hello` is here, what comes is part of it or follows it.
    if (this.#resuming) return;
    const { messages, seq } = this.timeline;
    const applied = this.timeline.apply(event);
    if (applied === 'gap') return this.connection.resume();
    this.#keepOrphans();
    const change = applied === 'applied' && isChange(event) ? event : null;
    const changes = change ? asChanges(change, messages) : NOTHING;
    this.#announce(changes, messages, seq);
    this.#settle(changes.messages);
    this.reading.notice();
  }

  /** Has to know what waits to be sent, and so comes before that is settled. */
  #announce(changes: Changes, held: readonly Message[], since: Seq): void {
    const me = this.me?.username ?? this.name;
    for (const { what, message } of happened(changes, held, since)) {
      const { user, text, nonce } = message;
      const here = user === me && this.outbox.entries.some((entry) => entry.nonce === nonce);
      this.#around.announce({ what: here && what === 'said' ? 'sent' : what, user, own: user === me, text });
    }
  }

  /** What was typed into an edit whose message is gone becomes a message that is not sent. */
  #keepOrphans(): void {
    const { room, timeline, outbox, connection } = this;
    if (!room || this.#resuming || connection.phase !== 'open') return;
    const unsent = new Set(outbox.entries.map((entry) => entry.nonce));
    const part = {
      room: room.id,
      messages: timeline.messages,
      misses: (seq: Seq) => timeline.misses(seq),
    };
    const orphans = this.edits.takeOrphans(part, unsent);
    for (const text of orphans) void outbox.add(text, GONE);
  }

  #settle(stored: Parameters<Outbox['settle']>[0]): void {
    this.outbox.settle(stored, this.me?.username ?? this.name, this.timeline.seq);
  }
}
