import type { Card, UserId } from '../../gen/protocol';

/** Somebody in a list, with what they are looked for by. */
export interface Listed<FoundCard = Card> {
  readonly id: UserId;
  readonly card: FoundCard;
  readonly words: string;
}

type FoundCard = Pick<Card, 'username' | 'active' | 'profile'>;

const collator = new Intl.Collator();

/** Those who may sign in, by what they are called. */
export function inOrderOf<Its extends FoundCard>(cards: ReadonlyMap<UserId, Its>): readonly Listed<Its>[] {
  return [...cards]
    .filter(([, card]) => card.active)
    .map(([id, card]) => ({ id, card, shown: card.profile?.name ?? card.username }))
    .sort((left, right) => collator.compare(left.shown, right.shown) || left.id - right.id)
    .map(({ id, card, shown }) => ({ id, card, words: `${shown}\n${card.username}`.toLocaleLowerCase() }));
}

/** Those whose name or username has this in it; those whose one begins so first. */
export function found<Its>(people: readonly Listed<Its>[], wanted: string): readonly Listed<Its>[] {
  const words = wanted.trim().toLocaleLowerCase().replace(/^@/, '');
  if (words === '') return people;
  const matching = people.filter((each) => each.words.includes(words));
  const begins = (each: Listed<Its>) => each.words.split('\n').some((word) => word.startsWith(words));
  return [...matching.filter(begins), ...matching.filter((each) => !begins(each))];
}
