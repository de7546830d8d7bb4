import type { Me, UserId } from '../../gen/protocol';
import type { ListedRow } from './listing';

interface FaceCrowd {
  readonly me: Me | null;
  readonly list: readonly ListedRow[];
  readonly cards: ReadonlyMap<UserId, unknown>;
}

/** Whose faces are drawn, the most needed first: oneself, whom one writes to alone, and then everybody. */
export function faces({ me, list, cards }: FaceCrowd): UserId[] {
  const alone = list.filter(({ kind }) => kind === 'direct').flatMap(({ people }) => people);
  return [...(me ? [me.id] : []), ...alone, ...cards.keys()];
}
