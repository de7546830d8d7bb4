import type { Command, Entry, Event, Follow, Hello, Me, RoomId, States, Welcome } from '../../gen/protocol';
import { stateOf } from '../protocol/entries';
import { Edits } from '../messages/edits.svelte';
import type { Places } from '../messages/places';
import { Presences } from '../people/presences.svelte';
import { Connection, type Listener } from '../socket/connection.svelte';
import { Outbox, type Unsent } from '../socket/outbox.svelte';
import { Belongings } from './belongings';
import type { Drafts } from './drafts';
import { greeting, RESET_AFTER } from './greeting';
import { Holding } from './holding';
import { Mending } from './mending';
import { Ordering } from './ordering.svelte';
import { inOrder, type ListedRow, rowOf } from './listing';
import { postOf } from './posting';
import { HeldRoom, type Ties } from './room.svelte';
import { Rooms } from './rooms.svelte';
import type { Held, ShelfContents } from './shelf';
import { StateLogs } from './statelogs.svelte';
import type { Surroundings } from './surroundings';

const RELOAD_MS = 1_000;

/** One person's connection to the server, and all that hangs on it: who they are, who is here, what is not sent yet, the rooms. */
export class Line implements Listener {
  me = $state.raw<Me | null>(null);
  /** The address that people open, if the server was told that it is another one than the page's. */
  publicUrl = $state<string>();

  /** Everybody, by id; guests know nobody. */
  readonly cards = $derived.by(() => this.#logs.cards);
  /** What the place is; nothing if it was never changed, and to guests. */
  readonly place = $derived.by(() => this.#logs.place);
  /** Whom one does not want to hear. */
  readonly muted = $derived.by(() => this.#logs.muted);

  /** What one says of oneself; `null` until it has been told. */
  readonly profile = $derived.by(() => this.#logs.profile);

  /** Who is here, as they are called now. */
  readonly online = $derived.by(() => this.presences.online(this.cards));

  /** How one wants to be seen oneself; and which session of one's own was begun last by a link. */
  readonly availability = $derived.by(() => this.#logs.availability);
  readonly device = $derived.by(() => this.#logs.device);

  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly edits: Edits;
  readonly ordering: Ordering;
  /** What is begun in each room, and where the reader is there. */
  readonly drafts: Drafts;
  readonly places: Places;
  /** Until the server has said it, the name as it was at login. */
  readonly username = $derived.by(() => this.me?.username ?? this.#name);
  readonly self = $derived.by(() => ({ id: this.me?.id ?? null, username: this.username }));
  readonly owns = $derived(this.me?.role === 'owner');
  readonly moderates = $derived(this.owns || this.me?.role === 'admin');
  /** The rooms that one has, as they stand beside the chat. */
  readonly list = $derived.by(() => {
    const own = [...this.rooms.values()].filter(({ isOurs, about }) => isOurs && about);
    return inOrder(own, this.ordering.order, (room) => this.#row(room));
  });

  /** How people are there. */
  readonly presences: Presences;
  readonly #name: string;
  readonly #around: Surroundings;
  readonly #holding: Holding;
  readonly #mending: Mending;
  readonly #belongings: Belongings;
  readonly #logs = new StateLogs();
  /** What the server counts in. */
  #epoch = '';
  readonly #ties: Ties;
  readonly #rooms: Rooms;

  constructor(name: string, around: Surroundings) {
    const { world, now, shelf, drawer, page, announce } = around;
    [this.#name, this.#around, this.drafts, this.places] = [name, around, around.drafts, around.places];
    this.connection = new Connection(world, this);
    [this.edits, this.ordering] = [new Edits(drawer), new Ordering((order) => around.order(order))];
    this.#holding = new Holding(shelf, (room) => this.#held(room), this.#logs.both);
    const call = this.connection.call.bind(this.connection);
    this.#mending = new Mending(call);
    this.presences = new Presences(world, now, (command) => this.#say(command));
    const room = (id: RoomId) => this.rooms.get(id);
    const stored = (entry: Unsent) => this.#holding.stored(entry);
    const isOpen = () => this.connection.phase === 'open';
    this.outbox = new Outbox(postOf(around, { call, room, stored, isOpen, edits: this.edits }));
    this.#belongings = new Belongings({ ...around, outbox: this.outbox, edits: this.edits });
    this.#ties = {
      outbox: this.outbox,
      edits: this.edits,
      me: () => this.self,
      isMuted: (id) => id != null && this.muted.has(id),
      epoch: () => this.#epoch,
      call,
      page,
      announce,
      missed: ({ id, timeline }) => this.#missed({ rooms: [{ room: id, seq: timeline.seq }] }),
      caughtUp: () => this.#caughtUp(),
    };
    this.#rooms = new Rooms({
      make: (id) => new HeldRoom(id, this.#ties),
      follow: (rooms) => this.#missed({ rooms: [...rooms] }),
      unfollow: (room) => this.#say({ type: 'unfollow', room }),
      lost: (room) => this.#lose(room),
      missing: () => this.#caughtUp(),
    });
  }

  /** The rooms that are held: one's own, and the one on screen. */
  get rooms(): ReadonlyMap<RoomId, HeldRoom> {
    return this.#rooms.all;
  }

  /** The room that is on screen. */
  get shown(): HeldRoom {
    return this.#rooms.shown;
  }

  /** What stood on screen and was taken away, until another room is opened. */
  get lostRoom(): ListedRow | null {
    const { lost } = this.#rooms;
    return lost && this.#row(lost);
  }

  /** Whoever was there has read that it is lost. */
  readLoss(): void {
    this.#rooms.lost = null;
  }

  /** Brings a room on screen, also one that is not one's own. */
  show(id: RoomId): void {
    this.#rooms.show(id);
  }

  /** A room as the list would show it; `null` if nothing is known of it. */
  about(id: RoomId): ListedRow | null {
    const room = this.rooms.get(id);
    return room ? this.#row(room) : null;
  }

  /** Shows the rooms as this browser kept them, and goes on from there. */
  async start(): Promise<void> {
    const { shelf } = this.#around;
    // A page that is only being reloaded takes up its own; and whoever cannot send leaves it to those who can.
    shelf.watch(() => setTimeout(() => this.connection.phase === 'open' && void this.claim(), RELOAD_MS));
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
    this.#logs.await();
    this.#mending.begin();
    const hello = greeting(this.#rooms.asked(), this.#logs.both, isPlain);
    return isPlain ? hello : { ...hello, ...this.presences.hello() };
  }

  receive(event: Event): void {
    if (event.type === 'hello') this.#welcome(event);
    else if (event.type === 'users' || event.type === 'presence' || event.type === 'people')
      this.presences.see(event, this.me?.role === 'guest');
    else if (event.type === 'typing' && !this.muted.has(event.user)) this.presences.typists.heard(event);
    else if (event.type === 'unfollowed') this.#rooms.unfollowed(event.room);
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
    void this.#around.shelf.forget('messages').finally(() => this.#around.sessionOver());
  }

  /** Somebody has to send what a page wrote that was closed while it was offline. */
  async claim(): Promise<void> {
    this.#adopt(await this.#around.shelf.claim());
  }

  #restore({ held, logs }: Pick<ShelfContents, 'held' | 'logs'>): void {
    this.#rooms.hold(held.map(({ room }) => room.id));
    this.#logs.restore(logs);
    for (const each of held) {
      this.me = each.me;
      this.publicUrl = each.public_url;
      this.rooms.get(each.room.id)?.restore(each);
    }
    // A room that was kept a while ago says who they were then.
    const own = [...this.#logs.own.entries.values()];
    if (this.me) this.me = StateLogs.learned(this.me, own);
    this.ordering.told(StateLogs.order(own));
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
    this.publicUrl = public_url;
    this.#meet(user);
    this.#epoch = epoch;
    if (user.role === 'guest') this.#logs.leaveHouse(epoch);
    this.#rooms.welcome(rooms, epoch, this.connection.isPlain);
    this.#belongings.keepOnly(rooms.map(({ id }) => id));
    for (const id of this.rooms.keys()) this.#holding.changed(id);
  }

  /** Who the person is by now: all that is kept of them here hangs on their id. */
  #meet(me: Me): void {
    const { drafts, shelf, known } = this.#around;
    this.me = me;
    drafts.known(me.id);
    this.edits.known(me.id);
    known(me);
    void shelf.known(me.id).then((unsent) => unsent.length > 0 && this.#adopt(unsent));
  }

  #resume(page: States): void {
    this.#logs.resume(page, this.#epoch);
    if (!page.house && page.reset) this.ordering.told(null);
    if (!page.house) this.#learn(page.states);
    this.#holding.noticed();
  }

  #take(entry: Entry): void {
    const becomes = this.#logs.take(entry);
    const { name, seq } = this.#logs.named(entry.house);
    if (becomes === 'gap') return this.#missed({ rooms: [], [name]: seq });
    if (becomes === 'next' && name === 'own') this.#learn([entry]);
    this.#holding.noticed();
  }

  /** What is told of oneself: an account that is another, and how one has a room, as another page or device has it. */
  #learn(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const mark = stateOf('mark', entry);
      if (mark) this.#rooms.marked(entry.id, mark, this.me?.role === 'guest');
      if (mark) this.#holding.changed(entry.id);
    }
    const order = StateLogs.order(entries);
    if (order) this.ordering.told(order);
    const learned = this.me && StateLogs.learned(this.me, entries);
    if (learned && learned !== this.me) this.#meet(learned);
  }

  readonly #row = (room: HeldRoom): ListedRow | null => rowOf(room, this.me?.id, this.cards);

  /** Nothing of it stays. */
  #lose({ id }: HeldRoom): void {
    this.#belongings.lose(id);
    // An open room would go on for whoever has left it.
    this.#say({ type: 'unfollow', room: id });
    this.#caughtUp();
  }

  /** Says what only servers know that know `follow`, if one hears it, and whatever becomes of it. */
  #say(command: Command): void {
    if (this.connection.phase !== 'open' || this.connection.isPlain) return;
    this.connection.call(command).catch(() => undefined);
  }

  #missed(missing: Follow): void {
    if (this.connection.isPlain) this.connection.greet();
    else this.#mending.ask({ ...missing, reset_after: RESET_AFTER });
  }

  #tell(event: Event, id: RoomId): void {
    const room = this.rooms.get(id);
    if (!room) return;
    room.take(event);
    if (event.type === 'message' && event.by !== undefined) this.presences.typists.said(id, event.by);
    this.#holding.changed(id);
  }

  #close(): void {
    for (const room of this.rooms.values()) room.isOpen = false;
  }

  #caughtUp(): void {
    if ([...this.rooms.values()].every(({ isResuming }) => !isResuming)) void this.claim();
  }
}
