import { type Card, type Command, type Event, type UserId, WATCHED_MAX } from '../../gen/protocol';
import { Activity } from './activity';
import {
  namesOf,
  present,
  type PresenceById,
  presentById,
  type PresenceShown,
  shownOf,
  toWatch,
} from './presence';
import { Typists } from './typists.svelte';

/** What is needed of the world. */
interface Sight {
  /** Whether somebody sees the page. */
  watched(): boolean;
}

/** How people are there, and what the server is told of that: who is drawn, and that there is input. */
export class Presences {
  readonly typists = new Typists();
  /** By id; older servers tell names instead, and to guests names as well. */
  #people = $state.raw<PresenceById>(new Map());
  #names = $state.raw<readonly string[] | null>(null);
  /** Whom the server tells of. */
  #watched: readonly UserId[] = [];
  readonly #activity: Activity;
  readonly #sight: Sight;
  readonly #now: () => number;
  /** Says something if somebody hears it now. */
  readonly #say: (command: Command) => void;

  constructor(sight: Sight, now: () => number, say: (command: Command) => void) {
    this.#sight = sight;
    this.#now = now;
    this.#say = say;
    this.#activity = new Activity(now, sight.watched());
  }

  get people(): PresenceById {
    return this.#people;
  }

  /** What `hello` says of it. */
  hello(): { people: UserId[]; idle: number } {
    this.typists.clear();
    return { people: [...this.#watched], idle: this.#activity.idle() };
  }

  see(told: Extract<Event, { type: 'users' | 'presence' | 'people' }>, isGuest: boolean): void {
    if (told.type === 'people') {
      this.#people = presentById(this.#people, told);
      if (!isGuest) this.#names = null;
    } else {
      this.#names = present(this.#names ?? [], told);
      if (!isGuest) this.#people = new Map();
    }
  }

  /** Who is here, as they are called. */
  online(cards: ReadonlyMap<UserId, Card>): readonly string[] {
    return this.#names ?? namesOf(this.#people, cards);
  }

  /** How whoever is meant is there: somebody by name, or the one of these people who is not oneself. */
  signOf(
    whom: string | readonly UserId[],
    me: UserId | undefined,
    cards: ReadonlyMap<UserId, Card>,
  ): PresenceShown {
    const byName = () => [...this.#people.keys()].find((id) => cards.get(id)?.username === whom);
    const id = typeof whom === 'string' ? byName() : (whom.find((each) => each !== me) ?? whom[0]);
    return shownOf(id === undefined ? undefined : this.#people.get(id), this.#now());
  }

  /** These are drawn, the most needed first. */
  draws(wanted: Iterable<UserId>): void {
    const people = toWatch(wanted, WATCHED_MAX);
    if (people.join() === this.#watched.join()) return;
    this.#watched = people;
    this.#say({ type: 'watch', people });
  }

  /** There is input of the person's, on a page that somebody sees. */
  input(): void {
    if (this.#sight.watched() && this.#activity.input()) this.#say({ type: 'active' });
  }

  /** The person is writing something. */
  writes(room: number): void {
    if (this.typists.writes(room, this.#now())) this.#say({ type: 'typing', room });
  }
}
