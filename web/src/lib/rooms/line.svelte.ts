import type {
  Entry,
  Event,
  Follow,
  Followed,
  Hello,
  Me,
  RoomId,
  Seq,
  States,
  UserId,
  Welcome,
} from '../../gen/protocol';
import { FIRST_ROOM } from '../../gen/protocol';
import { cardsIn, stateOf } from '../protocol/entries';
import { type Drawer, Edits } from '../messages/edits.svelte';
import { namesOf, present, presentById } from '../people/presence';
import { Connection, type Listener, type World } from '../socket/connection.svelte';
import { Outbox, type Unsent } from '../socket/outbox.svelte';
import { Holding } from './holding';
import { Mending } from './mending';
import { HeldRoom, type Ties } from './room.svelte';
import type { Held, Shelf, ShelfContents } from './shelf';
import { StateLog } from './statelog.svelte';

export interface Surroundings extends Pick<Ties, 'page' | 'announce'> {
  world: World;
  nonce(): string;
  now(): number;
  shelf: Shelf;
  /** Where unsaved edits are kept. */
  drawer: Drawer;
  sessionOver(): void;
}

/** Whoever missed more than this of a room is better off at its newest page than reading up through twenty of them. */
export const RESET_AFTER = 1_000;
const RELOAD_MS = 1_000;

/** How far something counts, and in what. */
interface Counted {
  readonly epoch: string | undefined;
  readonly seq: Seq;
}

/** The rooms of which something is known, with how far. */
function numbers(rooms: readonly Followed[]): Hello['rooms'] {
  return Object.fromEntries(rooms.flatMap(({ room, seq }) => (seq === undefined ? [] : [[room, seq]])));
}

/** One person's connection to the server, and all that hangs on it: who they are, who is here, what is not sent yet, the rooms. */
export class Line implements Listener {
  me = $state.raw<Me | null>(null);
  /** The address that people open, if the server was told that it is another one than the page's. */
  publicUrl = $state<string>();
  /** The rooms that are followed; before anything is known of any, the one that there always is. */
  rooms = $state.raw<ReadonlyMap<RoomId, HeldRoom>>(new Map());

  /** Everybody, by id; guests know nobody. */
  readonly cards = $derived.by(() => cardsIn(this.#house.entries.values()));

  /** Who is here, as they are called now. */
  readonly online = $derived.by(() => (this.#here ? namesOf(this.#here, this.cards) : this.#namesHere));

  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly edits: Edits;
  /** Until the server has said it, the name as it was at login. */
  readonly username = $derived.by(() => this.me?.username ?? this.#name);
  readonly owns = $derived(this.me?.role === 'owner');
  readonly moderates = $derived(this.owns || this.me?.role === 'admin');
  /** The room that is on screen. */
  readonly first = $derived(this.rooms.values().next().value as HeldRoom);

  readonly #name: string;
  /** Who is here, by id; older servers tell names instead, and so do all to guests. */
  #here = $state.raw<ReadonlySet<UserId> | null>(null);
  #namesHere = $state.raw<readonly string[]>([]);
  readonly #around: Surroundings;
  readonly #holding: Holding;
  readonly #mending: Mending;
  readonly #own = new StateLog('own');
  readonly #house = new StateLog('house');
  /** What the server counts in. */
  #epoch = '';
  readonly #ties: Ties;

  constructor(name: string, around: Surroundings) {
    const { world, nonce, now, shelf, drawer, page, announce } = around;
    this.#name = name;
    this.#around = around;
    this.connection = new Connection(world, this);
    this.edits = new Edits(drawer);
    this.#holding = new Holding(shelf, (room) => this.#held(room), [this.#own, this.#house]);
    const call = this.connection.call.bind(this.connection);
    this.#mending = new Mending(call);
    this.outbox = new Outbox({
      call,
      nonce,
      now,
      isOpen: (room) => this.rooms.get(room)?.isOpen ?? this.connection.phase === 'open',
      shown: (room) => this.rooms.get(room)?.timeline.seq ?? Infinity,
      keep: (entry) => shelf.keep(entry),
      stored: (entry) => this.#holding.stored(entry),
      discard: (each) => {
        this.edits.letGo(each);
        void shelf.discard(each);
      },
    });
    this.#ties = {
      outbox: this.outbox,
      edits: this.edits,
      me: () => this.username,
      call,
      page,
      announce,
      missed: ({ id, timeline }) => this.#missed({ rooms: [{ room: id, seq: timeline.seq }] }),
      caughtUp: () => this.#caughtUp(),
    };
    this.#hold([]);
  }

  /** Shows the rooms as this browser kept them, and goes on from there. */
  async start(): Promise<void> {
    const { shelf } = this.#around;
    shelf.watch(() => this.#closed());
    const { unsent, ...kept } = await shelf.take();
    if (this.connection.phase === 'over') return;
    this.#restore(kept);
    this.#adopt(unsent);
    this.connection.connect();
  }

  stop(): void {
    this.connection.stop();
    this.#close();
    this.putAway();
  }

  /** The page may end without another word. */
  putAway(): void {
    this.#holding.flush();
  }

  /** Ends it for good: nothing of it stays in this browser. */
  async forget(): Promise<void> {
    this.connection.stop();
    this.#close();
    this.#holding.stop();
    await this.#around.shelf.forget('everything');
  }

  hello(isPlain: boolean): Hello {
    const rooms = [...this.rooms.values()];
    const [own, house] = [this.#own, this.#house];
    for (const log of [...rooms, own, house]) log.isResuming = true;
    this.#mending.begin();
    const logs: readonly Counted[] = [...rooms.map(({ timeline }) => timeline), own, house];
    const epoch = logs.find((log) => log.epoch !== undefined)?.epoch;
    // What is held of an older epoch begins anew.
    const known = (log: Counted): Seq | undefined =>
      epoch !== undefined && log.epoch === epoch ? log.seq : undefined;
    const follow = rooms.map(({ id, timeline }) => ({ room: id, seq: known(timeline) }));
    if (isPlain) return { rooms: numbers(follow), epoch, reset_after: RESET_AFTER };
    return { rooms: {}, follow, own: known(own), house: known(house), epoch, reset_after: RESET_AFTER };
  }

  receive(event: Event): void {
    if (event.type === 'hello') this.#welcome(event);
    else if (event.type === 'users' || event.type === 'presence' || event.type === 'people')
      this.#meet(event);
    else if (event.type === 'unfollowed') this.#letGo(event.room);
    else if (event.type === 'states') this.#resume(event);
    else if (event.type === 'state' && event.room === undefined) this.#take(event);
    else if ('room' in event && event.room !== undefined) this.#tell(event, event.room);
  }

  lost(): void {
    this.#close();
    this.outbox.closed();
    this.putAway();
  }

  /** The unsent messages wait for the same person to sign in again; everything else goes. */
  sessionOver(): void {
    this.#close();
    this.#holding.stop();
    const leave = () => this.#around.sessionOver();
    this.#around.shelf.forget('messages').then(leave, leave);
  }

  /** Somebody has to send what a page wrote that was closed while it was offline. */
  async claim(): Promise<void> {
    this.#adopt(await this.#around.shelf.claim());
  }

  #restore({ held, logs }: Pick<ShelfContents, 'held' | 'logs'>): void {
    this.#hold(held.map(({ room }) => room.id));
    for (const log of logs) this.#log(log.name === 'house').restore(log);
    for (const each of held) {
      this.me = each.me;
      this.publicUrl = each.public_url;
      this.rooms.get(each.room.id)?.restore(each);
    }
  }

  #held(room: RoomId): Held | null {
    const { me, publicUrl } = this;
    return (me && this.rooms.get(room)?.held(me, publicUrl)) ?? null;
  }

  #adopt(unsent: readonly Unsent[]): void {
    this.outbox.adopt(unsent);
    for (const room of this.rooms.values()) room.settle();
  }

  #welcome({ user, epoch, rooms, public_url }: Welcome): void {
    this.me = user;
    this.publicUrl = public_url;
    this.#epoch = epoch;
    // Whoever has become a guest is told nothing of the house any more, and keeps nothing of it.
    if (user.role === 'guest') this.#resume({ house: true, reset: true, states: [], seq: 0, live: false });
    const there = new Map(rooms.map((about) => [about.id, about]));
    for (const id of [...this.rooms.keys()]) {
      const about = there.get(id);
      if (!about) this.#letGo(id);
      else this.rooms.get(id)?.welcome(about, epoch);
      this.#holding.changed(id);
    }
  }

  #meet(told: Extract<Event, { type: 'users' | 'presence' | 'people' }>): void {
    this.#here = told.type === 'people' ? presentById(this.#here ?? [], told) : null;
    if (told.type !== 'people') this.#namesHere = present(this.#namesHere, told);
  }

  #log(house = false): StateLog {
    return house ? this.#house : this.#own;
  }

  #resume(page: States): void {
    this.#log(page.house).resume(page, this.#epoch);
    if (!page.house) this.#learn(page.states);
    this.#holding.noticed();
  }

  #take(entry: Entry): void {
    const log = this.#log(entry.house);
    const becomes = log.apply(entry);
    if (becomes === 'gap') return this.#missed({ rooms: [], [log.name]: log.seq });
    if (becomes === 'next' && log === this.#own) this.#learn([entry]);
    this.#holding.noticed();
  }

  /** What is told of oneself: an account that is another, and what another page or device of this person has read. */
  #learn(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const [mark, account] = [stateOf('mark', entry), stateOf('account', entry)];
      if (mark) this.rooms.get(entry.id)?.reading.resume(mark.up_to, true);
      if (mark) this.#holding.changed(entry.id);
      if (account && this.me?.id === entry.id) this.me = { ...this.me, ...account };
    }
  }

  /** Holds these rooms from now on, and no others. */
  #hold(ids: readonly RoomId[]): void {
    const rooms = (ids.length > 0 ? ids : [FIRST_ROOM]).map((id) => new HeldRoom(id, this.#ties));
    this.rooms = new Map(rooms.map((room) => [room.id, room]));
  }

  /** The room is there no more, or not for this person: nothing of it stays. */
  #letGo(id: RoomId): void {
    const rooms = new Map(this.rooms);
    if (!rooms.delete(id)) return;
    void this.#around.shelf.drop(id);
    if (rooms.size === 0) {
      this.#hold([]);
      if (id !== FIRST_ROOM) this.#missed({ rooms: [{ room: FIRST_ROOM }] });
    } else {
      this.rooms = rooms;
      this.#caughtUp();
    }
  }

  #missed(missing: Follow): void {
    if (this.connection.isPlain) this.connection.greet();
    else this.#mending.ask({ ...missing, reset_after: RESET_AFTER });
  }

  #tell(event: Event, id: RoomId): void {
    const room = this.rooms.get(id);
    if (!room) return;
    room.take(event);
    this.#holding.changed(id);
  }

  #close(): void {
    for (const room of this.rooms.values()) room.isOpen = false;
  }

  #caughtUp(): void {
    if ([...this.rooms.values()].every(({ isResuming }) => !isResuming)) void this.claim();
  }

  /** A page that is only being reloaded takes up its own; and whoever cannot send leaves it to those who can. */
  #closed(): void {
    setTimeout(() => this.connection.phase === 'open' && void this.claim(), RELOAD_MS);
  }
}
