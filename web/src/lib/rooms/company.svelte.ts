import type { Card, ListedMember, RoomId, UserId } from '../../gen/protocol';
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
  members = $state.raw<readonly ListedMember[]>([]);
  readonly #room: RoomId;
  readonly #calls: CompanyCalls;
  #stopped = false;

  constructor(room: RoomId, calls: CompanyCalls) {
    this.#room = room;
    this.#calls = calls;
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
        if (all.length >= this.members.length || !more) this.members = all;
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
      this.members = this.members.filter((member) => member.id !== id);
    });
  }

  moderate(id: UserId, moderator: boolean): Promise<boolean> {
    return this.attempt.make(async () => {
      await this.#calls.moderate(this.#room, id, moderator);
      this.members = this.members.map((member) =>
        member.id === id ? { ...member, state: { ...member.state, moderator } } : member,
      );
    });
  }
}
