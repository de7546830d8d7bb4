import type { Entry, MemberChange, Seq, UserId } from '../../gen/protocol';
import { stateOf } from '../protocol/entries';

/** That somebody came to a room, or went, or has become something else to it. */
export interface Coming {
  readonly seq: Seq;
  readonly who: UserId;
  readonly change: MemberChange;
  /** Who did it, if somebody else. */
  readonly by: UserId | null;
  readonly at: number;
}

const COUNT = 200;

/** Who came to a room and who went, as far as a page knows: the last of each person. */
export class Comings {
  /** By their places in the room's log. */
  readonly inOrder = $derived.by(() => [...this.#entries.values()].map(comingOf).sort(bySeq));
  /** The newest of each person. */
  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  #entries = $state.raw<ReadonlyMap<UserId, Entry>>(new Map());

  /** Takes what is told of people; of the same person, what stands further back in the log counts. */
  take(entries: readonly Entry[]): void {
    const fresh = entries.filter(
      (entry) => stateOf('member', entry) && (this.#entries.get(entry.id)?.seq ?? -1) < entry.seq,
    );
    if (fresh.length === 0) return;
    this.#entries = new Map([...this.#entries, ...fresh.map((entry) => [entry.id, entry] as const)]);
  }

  /** What is told from here on is all that there is. */
  begin(): void {
    this.#entries = new Map();
  }

  /** As many of the newest as are worth keeping, from a place in the log on. */
  newest(from: Seq): readonly Entry[] {
    return [...this.#entries.values()]
      .filter(({ seq }) => seq >= from)
      .sort(bySeq)
      .slice(-COUNT);
  }
}

const bySeq = (one: { seq: Seq }, other: { seq: Seq }) => one.seq - other.seq;

function comingOf(entry: Entry): Coming {
  const { seq, id: who } = entry;
  const state = stateOf('member', entry);
  if (!state) throw new Error('Only what is told of people is taken.');
  return { seq, who, change: state.change, by: state.by ?? null, at: Date.parse(state.time) };
}
