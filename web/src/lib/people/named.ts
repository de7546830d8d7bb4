import type { Card, UserId } from '../../gen/protocol';
import { lookOf } from './looks';

/** How somebody is called where they are shown. */
export interface Naming {
  readonly name: string;
  /** What tells them from others, with an @, if their name alone could be taken for another's. */
  readonly also: string | null;
}

type NamedCard = Pick<Card, 'username' | 'profile'>;

/** Words that call many, or a place: nobody is called that without more. */
const RESERVED = ['room', 'here', 'all', 'everyone', 'everybody', 'channel', 'chatterbox'];

/** A word of letters that look like those of another alphabet. */
const MIXED = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
const isMixed = (name: string) => MIXED.filter((script) => script.test(name)).length > 1;

/** How people are called: by the name that they gave themselves, else by the one that they log in with. */
export class Names {
  readonly #cards: ReadonlyMap<UserId, NamedCard>;
  /** How many are called so; or log in so. */
  #counts: ReadonlyMap<string, number> | null = null;

  constructor(cards: ReadonlyMap<UserId, NamedCard>) {
    this.#cards = cards;
  }

  /** By id, so that what was said under an older name has the one of today; `username` is for whom one knows nothing more of. */
  of(id: UserId | null | undefined, username: string): Naming {
    const card = id === null || id === undefined ? undefined : this.#cards.get(id);
    if (!card) return { name: username, also: null };
    const { name } = card.profile ?? {};
    if (!name) return { name: card.username, also: null };
    return { name, also: this.#isDoubtful(name, card.username) ? `@${card.username}` : null };
  }

  #isDoubtful(name: string, username: string): boolean {
    const seen = lookOf(name);
    if (seen === lookOf(username)) return false;
    return isMixed(name) || (this.#counted().get(seen) ?? 0) > 1;
  }

  #counted(): ReadonlyMap<string, number> {
    if (this.#counts) return this.#counts;
    const counts = new Map<string, number>();
    const count = (seen: string, by: number) => counts.set(seen, (counts.get(seen) ?? 0) + by);
    for (const word of RESERVED) count(word, 2);
    for (const { username, profile } of this.#cards.values())
      for (const seen of new Set([username, profile?.name ?? username].map(lookOf))) count(seen, 1);
    this.#counts = counts;
    return counts;
  }
}

const made = new WeakMap<ReadonlyMap<UserId, NamedCard>, Names>();

/** How these people are called; whoever asks again of the same cards has the same. */
export function namesIn(cards: ReadonlyMap<UserId, NamedCard>): Names {
  const names = made.get(cards) ?? new Names(cards);
  made.set(cards, names);
  return names;
}

/** A name in one piece, for what is heard or written in a line. */
export const inWords = ({ name, also }: Naming): string => (also ? `${name} (${also})` : name);
