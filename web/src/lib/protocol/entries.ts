import type { Card, Entry, Kind, Mark, OwnAccount, UserId, Whole } from '../../gen/protocol';
import { filled, flag, type Form, record, whole, word } from './form';

/** What states of each kind say that a page makes use of. */
interface StateOf {
  mark: Mark;
  account: OwnAccount;
  card: Card;
}

const forms: { readonly [Its in keyof StateOf]: Form<StateOf[Its]> } = {
  mark: record<Mark>({ up_to: whole }),
  account: record<OwnAccount>({ username: filled, role: word }),
  card: record<Card>({ username: filled, role: word, active: flag }),
};

/** The state of an entry, if it is of this kind, and says what one of this kind has to. */
export function stateOf<Its extends keyof StateOf>(kind: Its, entry: Entry): StateOf[Its] | null {
  const { state }: { state?: Whole | undefined } = entry;
  return entry.kind === kind && forms[kind](state) ? state : null;
}

/** Who everybody is. */
export function cardsIn(entries: Iterable<Entry>): ReadonlyMap<UserId, Card> {
  const cards = [...entries].map((entry) => [entry.id, stateOf('card', entry)] as const);
  return new Map(cards.filter((each): each is [UserId, Card] => each[1] !== null));
}

/** Names a thing in its log. */
export const nameOf = ({ kind, id }: { kind: Kind; id: number }) => `${kind} ${id}`;
