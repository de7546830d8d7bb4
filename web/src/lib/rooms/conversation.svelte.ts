import type {
  Event,
  Hello,
  History,
  Me,
  MessageId,
  MessagePage,
  Room,
  Seq,
  Welcome,
} from '../../gen/protocol';
import { HISTORY_PAGE } from '../../gen/protocol';
import { Reading } from '../messages/reading.svelte';
import { rows } from '../messages/rows';
import { Timeline, type Change } from '../messages/timeline.svelte';
import { present } from '../people/presence';
import { Connection, type Listener, type World } from '../socket/connection.svelte';
import { Outbox, type Unsent } from '../socket/outbox.svelte';

export interface Surroundings {
  world: World;
  nonce(): string;
  now(): number;
  page(room: number, before: Seq, limit: number): Promise<MessagePage>;
  keep(entries: readonly Unsent[]): void;
  kept: readonly Unsent[];
  /** A message of another came while the page was open. */
  announce(message: { user: string; text: string }): void;
  sessionOver(): void;
}

/** Whoever missed more than this is better off at the newest page than reading up through twenty of them. */
export const RESET_AFTER = 1_000;

/** One person in one room: what they see, what they say, and how both survive a lost connection. */
export class Conversation implements Listener {
  me = $state.raw<Me | null>(null);
  room = $state.raw<Room | null>(null);
  online = $state.raw<readonly string[]>([]);
  loadingOlder = $state(false);
  olderFailed = $state(false);

  readonly timeline = new Timeline();
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly reading: Reading;
  readonly rows = $derived.by(() =>
    rows(this.timeline.messages, this.outbox.entries, this.me?.username ?? this.name),
  );
  readonly moderates = $derived(this.me?.role === 'owner' || this.me?.role === 'admin');

  readonly #around: Surroundings;
  /** The name as it was at login: until the server has said it, one's unsent messages carry it. */
  readonly name: string;
  #resuming = false;

  constructor(name: string, around: Surroundings) {
    this.name = name;
    this.#around = around;
    this.connection = new Connection(around.world, this);
    const call = this.connection.call.bind(this.connection);
    const shown = () => this.timeline.seq;
    this.outbox = new Outbox(
      { call, shown, nonce: around.nonce, now: around.now, keep: around.keep },
      around.kept,
    );
    this.reading = new Reading({
      say: (command) => call({ ...command, room: this.room?.id } as typeof command),
      messages: () => this.timeline.messages,
      shown,
      me: () => this.me?.username ?? name,
    });
  }

  edit(id: MessageId, text: string): Promise<unknown> {
    return this.connection.call({ type: 'edit', id, text });
  }

  delete(id: MessageId): Promise<unknown> {
    return this.connection.call({ type: 'delete', id });
  }

  /** The person is back: if the network slept meanwhile, this finds it out. */
  probe(): void {
    this.connection.retryNow();
    this.connection.probe();
  }

  async loadOlder(): Promise<void> {
    const { room } = this;
    if (this.loadingOlder || !this.timeline.more || !room) return;
    this.loadingOlder = true;
    this.olderFailed = false;
    try {
      await this.timeline.loadOlder((before) => this.#around.page(room.id, before, HISTORY_PAGE));
    } catch {
      this.olderFailed = true;
    }
    this.loadingOlder = false;
  }

  hello(): Hello {
    this.#resuming = true;
    const { epoch, loaded, seq } = this.timeline;
    if (!this.room || !loaded) return { rooms: {} };
    return { rooms: { [this.room.id]: seq }, epoch, reset_after: RESET_AFTER };
  }

  receive(event: Event): void {
    if (event.type === 'hello') this.#welcome(event);
    else if (event.type === 'users' || event.type === 'presence') this.online = present(this.online, event);
    else if ('room' in event && event.room !== this.room?.id) return;
    else if (event.type === 'history') this.#resume(event);
    else if (event.type === 'seen') this.timeline.seenUpTo = Math.max(this.timeline.seenUpTo, event.up_to);
    else if (event.type === 'message' || event.type === 'edit' || event.type === 'delete')
      this.#change(event);
  }

  lost(): void {
    this.outbox.closed();
  }

  sessionOver(): void {
    this.#around.sessionOver();
  }

  #welcome({ user, epoch, rooms: all }: Welcome): void {
    const sameEpoch = this.timeline.epoch === epoch;
    const room = all[0] ?? null;
    this.me = user;
    this.room = room;
    this.timeline.epoch = epoch;
    this.outbox.room = room?.id;
    if (!room) return;
    this.timeline.seenUpTo = sameEpoch ? Math.max(this.timeline.seenUpTo, room.seen_up_to) : room.seen_up_to;
    this.reading.resume(room.read_up_to, sameEpoch);
  }

  #resume(history: History): void {
    this.timeline.resume(history);
    this.#settle(history.messages);
    if (!history.live) return;
    this.#resuming = false;
    this.outbox.opened();
    this.reading.notice();
  }

  #change(change: Change): void {
    // Until the answer to `hello` is here, what comes is part of it or follows it.
    if (this.#resuming) return;
    const applied = this.timeline.apply(change);
    if (applied === 'gap') return this.connection.resume();
    if (applied === 'known' || change.type !== 'message') return this.#settle([]);
    this.#settle([change]);
    if (change.user === this.me?.username) return;
    this.#around.announce(change);
    this.reading.notice();
  }

  #settle(stored: Parameters<Outbox['settle']>[0]): void {
    this.outbox.settle(stored, this.me?.username ?? this.name, this.timeline.seq);
  }
}
