import type { Card, Entry, ListedMember, RoomId, UserId } from '../../gen/protocol';
import { stateOf } from '../protocol/entries';
import { Attempt } from './attempt.svelte';
import type { RoomCalls } from './calls';

export type CompanyCalls = Pick<RoomCalls, 'members' | 'letIn' | 'remove' | 'moderate'>;

/** Somebody who belongs to a room, with a name. */
export interface Companion {
  readonly id: UserId;
  readonly name: string;
  /** What they log in with. */
  readonly username: string;
  readonly moderator: boolean;
}

export type Cards = ReadonlyMap<UserId, Pick<Card, 'username' | 'active' | 'role' | 'profile'>>;

/** Whoever has no card, because one is a guest or the card is still on its way. */
const usernameIn = (cards: Cards, id: UserId) => cards.get(id)?.username ?? `Person ${id}`;
const nameIn = (cards: Cards, id: UserId) => cards.get(id)?.profile?.name ?? usernameIn(cards, id);

/** Who belongs to a room, all of them, and what is done about them. */
export class Company {
  state = $state<'loading' | 'failed' | 'ready'>('loading');
  /** Why they did not come, for people. */
  problem = $state('');
  /** What is done about somebody. */
  readonly attempt = new Attempt();
  /** As they were listed, and as the room's log has told of them since. */
  readonly members = $derived.by(() => after(this.#listed, this.#news()));
  #listed = $state.raw<readonly ListedMember[]>([]);
  readonly #room: RoomId;
  readonly #calls: CompanyCalls;
  readonly #news: () => Iterable<Entry>;
  #stopped = false;

  /** `news` is what is told of people in the room's log, the newest of each. */
  constructor(room: RoomId, calls: CompanyCalls, news: () => Iterable<Entry> = () => []) {
    this.#room = room;
    this.#calls = calls;
    this.#news = news;
  }

  /** Page by page, until there are no more; those who have come are shown meanwhile. */
  async load(): Promise<void> {
    this.state = 'loading';
    try {
      let all: readonly ListedMember[] = [];
      for (let more = true; more && !this.#stopped;) {
        const page = await this.#calls.members(this.#room, all.at(-1)?.id);
        more = page.more && page.members.length > 0;
        all = [...all, ...page.members];
        // Who was here before is not gone for as long as the others come.
        if (all.length >= this.#listed.length || !more) this.#listed = all;
      }
      this.state = 'ready';
    } catch (error) {
      this.problem = (error as Error).message;
      this.state = 'failed';
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** By name, moderators first. */
  inOrder(cards: Cards): readonly Companion[] {
    return this.members
      .map(({ id, state }) => ({
        id,
        name: nameIn(cards, id),
        username: usernameIn(cards, id),
        moderator: state.moderator === true,
      }))
      .sort(
        (left, right) =>
          Number(right.moderator) - Number(left.moderator) || left.name.localeCompare(right.name),
      );
  }

  /** Whether it was done. */
  letIn(people: readonly UserId[]): Promise<boolean> {
    return this.attempt.make(async () => {
      await this.#calls.letIn(this.#room, people);
      // They are in, whether the list comes or not.
      void this.load();
    });
  }

  remove(id: UserId): Promise<boolean> {
    return this.attempt.make(async () => {
      await this.#calls.remove(this.#room, id);
      this.#listed = this.#listed.filter((member) => member.id !== id);
    });
  }

  moderate(id: UserId, moderator: boolean): Promise<boolean> {
    return this.attempt.make(async () => {
      await this.#calls.moderate(this.#room, id, moderator);
      this.#listed = this.#listed.map((member) =>
        member.id === id ? { ...member, state: { ...member.state, moderator } } : member,
      );
    });
  }
}

/** Those who belong to a room, once these have come, gone, or become something else: what is older than the list says nothing. */
function after(listed: readonly ListedMember[], news: Iterable<Entry>): readonly ListedMember[] {
  const members = new Map(listed.map((member) => [member.id, member]));
  for (const entry of news) {
    const state = stateOf('member', entry);
    const known = members.get(entry.id);
    if (!state || (known && known.state.time >= state.time)) continue;
    if (state.change === 'left' || state.change === 'removed') members.delete(entry.id);
    else members.set(entry.id, { id: entry.id, state });
  }
  return [...members.values()];
}
