import { FIRST_ROOM, type Followed, type Mark, type Room, type RoomId } from '../../gen/protocol';
import type { HeldRoom } from './room.svelte';

/** So many rooms one connection follows. */
const FOLLOWED_MAX = 500;
/** A room that is followed no more and is still among one's own is followed again after so long, and so often in a row. */
const AGAIN_MS = [0, 1_000, 2_000, 4_000, 8_000];

/** What the rooms of a line need of it. */
export interface Floor {
  make(id: RoomId): HeldRoom;
  /** Has rooms brought from where they are. */
  follow(rooms: readonly Followed[]): void;
  unfollow(id: RoomId): void;
  /** The room is not among one's own any more: nothing of it stays. */
  lost(room: HeldRoom): void;
  /** What was missed of a room does not come. */
  missing(): void;
}

/**
 * The rooms of one person, and the one on screen, which may be one that they only look at. All of them are followed; those
 * that nobody has opened cheaply, from where they are, without what was said before.
 */
export class Rooms {
  /** Those that are held, by id. */
  all = $state.raw<ReadonlyMap<RoomId, HeldRoom>>(new Map());
  /** Which one was on screen until it was lost, until another one is opened. */
  lost = $state.raw<HeldRoom | null>(null);
  readonly shown = $derived.by(() => this.all.get(this.#onScreen) as HeldRoom);
  #onScreen = $state<RoomId>(FIRST_ROOM);

  readonly #floor: Floor;
  /** What the last `hello` has asked for. */
  #asked: ReadonlySet<RoomId> = new Set();
  /** How often in a row each was followed again on this connection. */
  readonly #again = new Map<RoomId, number>();

  constructor(floor: Floor) {
    this.#floor = floor;
    this.hold([]);
  }

  /** Holds these of one's own from now on, and the one on screen. */
  hold(ids: readonly RoomId[]): void {
    const held = [...new Set([...ids, this.#onScreen])].map((id) => [id, this.#floor.make(id)] as const);
    this.all = new Map(held);
    for (const id of ids) this.#own(id);
  }

  /** Those that a `hello` asks for: the one on screen, and all others of which something is held. */
  asked(): HeldRoom[] {
    const others = [...this.all.values()].filter((room) => room !== this.shown && room.timeline.loaded);
    const asked = [this.shown, ...others].slice(0, FOLLOWED_MAX);
    this.#asked = new Set(asked.map(({ id }) => id));
    this.#again.clear();
    for (const room of this.all.values()) room.isResuming = true;
    return asked;
  }

  /** What the server has answered: these are one's own, and no others. */
  welcome(abouts: readonly Room[], epoch: string, isPlain: boolean): void {
    const there = new Set(abouts.map(({ id }) => id));
    for (const room of this.all.values()) if (!there.has(room.id)) this.lose(room.id);
    const fresh = abouts.filter(({ id }) => !this.all.has(id));
    this.all = new Map([...this.all, ...fresh.map(({ id }) => [id, this.#floor.make(id)] as const)]);
    for (const about of abouts) {
      this.#own(about.id);
      this.all.get(about.id)?.welcome(about, epoch);
    }
    const [first] = abouts;
    // A guest may not be in the room that everybody else is in.
    if (first && this.#onScreen === FIRST_ROOM && !there.has(FIRST_ROOM)) this.show(first.id);
    if (!isPlain) this.#followRest(abouts);
  }

  /** How one has a room becomes this. */
  marked(id: RoomId, { up_to, listed }: Mark, isGuest: boolean): void {
    const isListed = listed === true || (id === FIRST_ROOM && !isGuest);
    if (isListed && !this.all.get(id)?.isOurs) this.#gain(id);
    if (!isListed) this.lose(id);
    this.all.get(id)?.reading.resume(up_to, true);
  }

  /** Nothing of it comes any more on this connection. */
  unfollowed(id: RoomId): void {
    const room = this.all.get(id);
    if (!room) return;
    room.isOpen = false;
    if (room.isOurs) this.#followAgain(room);
    else {
      room.isMissing = true;
      room.isResuming = false;
      this.#floor.missing();
    }
  }

  /** Brings a room on screen, also one that is not one's own. */
  show(id: RoomId): void {
    if (id === this.#onScreen) return;
    this.lost = null;
    const { all, shown: before } = this;
    const room = all.get(id) ?? this.#floor.make(id);
    const kept = [...all].filter(([, each]) => each !== before || each.isOurs);
    this.all = new Map([...kept, [id, room]]);
    this.#onScreen = id;
    if (!before.isOurs && !before.isMissing) this.#floor.unfollow(before.id);
    if (!room.timeline.loaded) this.#open(room);
  }

  /** Nothing of a room stays that is not one's own any more; whoever looks at it finds themselves elsewhere. */
  lose(id: RoomId): void {
    const room = this.all.get(id);
    if (!room?.isOurs) return;
    room.isOurs = false;
    this.#floor.lost(room);
    const left = new Map([...this.all].filter(([each]) => each !== id));
    if (id !== this.#onScreen) {
      this.all = left;
      return;
    }
    const home = left.has(FIRST_ROOM) ? FIRST_ROOM : ([...left.keys()][0] ?? FIRST_ROOM);
    const shown = left.get(home) ?? this.#floor.make(home);
    this.all = new Map([...left, [home, shown]]);
    this.#onScreen = home;
    this.lost = room;
    if (!shown.timeline.loaded) this.#open(shown);
  }

  #own(id: RoomId): void {
    const room = this.all.get(id);
    if (!room) return;
    room.isOurs = true;
    room.isMissing = false;
  }

  #gain(id: RoomId): void {
    const held = this.all.get(id);
    const room = held ?? this.#floor.make(id);
    if (!held) this.all = new Map([...this.all, [id, room]]);
    if (!held || held.isMissing) this.#open(room);
    this.#own(id);
  }

  /** Has its newest page come. */
  #open(room: HeldRoom): void {
    room.isResuming = true;
    this.#floor.follow([{ room: room.id }]);
  }

  /**
   * Those that `hello` has not asked for, because nothing was known of them or is held: from where they are. Where the last
   * word matters, to say when it was or whose, from one change before.
   */
  #followRest(abouts: readonly Room[]): void {
    const rest = abouts.filter(({ id }) => !this.#asked.has(id)).slice(0, FOLLOWED_MAX - this.#asked.size);
    const follow = rest.map(({ id, seq, kind, read_up_to }): Followed => {
      if (id === this.#onScreen) return { room: id };
      const last = kind === 'direct' || seq > read_up_to ? seq - 1 : seq;
      return { room: id, seq: Math.max(last, 0) };
    });
    if (follow.length > 0) this.#floor.follow(follow);
  }

  #followAgain(room: HeldRoom): void {
    const times = this.#again.get(room.id) ?? 0;
    const pause = AGAIN_MS[times];
    if (pause === undefined) return;
    this.#again.set(room.id, times + 1);
    room.isResuming = true;
    const { epoch, seq } = room.timeline;
    setTimeout(() => {
      const isWanted = this.all.get(room.id) === room && room.isOurs && !room.isOpen;
      if (isWanted) this.#floor.follow([epoch === undefined ? { room: room.id } : { room: room.id, seq }]);
    }, pause);
  }
}
