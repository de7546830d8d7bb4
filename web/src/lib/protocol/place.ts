import type { Seq } from '../../gen/protocol';

/** Where an entry stands in its log. */
export interface Place {
  /** The number of the change. */
  readonly seq: Seq;
  /** The number that it goes on from; without it, the one before. What lay between has been overtaken. */
  readonly since?: Seq | undefined;
}

/** What becomes of an entry: `known` comes again, and `gap` means that something before it is missing and must be asked for. */
export type Taken = 'next' | 'known' | 'gap';

/** The one rule of all logs, for whoever knows one up to a number. Whoever takes an entry knows its `seq` from then on. */
export function taken(known: Seq, { seq, since = seq - 1 }: Place): Taken {
  if (seq <= known) return 'known';
  return since <= known ? 'next' : 'gap';
}
