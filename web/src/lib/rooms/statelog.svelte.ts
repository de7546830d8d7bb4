import type { Entry, Seq, States } from '../../gen/protocol';
import { nameOf, thereIn } from '../protocol/entries';
import { type Taken, taken } from '../protocol/place';
import type { KeptLog, LogName, LogNews } from './shelf';

/** What a page holds of one's own log, or of the house's: the newest of each thing, of whatever kind. */
export class StateLog {
  readonly name: LogName;
  /** What `seq` belongs to; none if nothing of it has come yet. */
  epoch: string | undefined;
  /** The number of the last change applied. */
  seq: Seq = 0;
  /** It is asked for, and not all of the answer has come. */
  isResuming = true;
  /** What there is, by kind and id. Replaced by one that is new with each change, as lists are: whoever shows it sees that. */
  readonly entries = $derived.by(() => thereIn(this.#entries));

  /** What is not gone by itself, whether what it hangs on is there or not. */
  #entries = $state.raw<ReadonlyMap<string, Entry>>(new Map());

  /** What is not kept yet; `since` is where that goes on from, and none if it begins anew. */
  #news: { since: Seq | null; changed: Map<string, Entry> } | null = null;

  constructor(name: LogName) {
    this.name = name;
  }

  /** The log as this browser kept it. */
  restore({ epoch, seq, entries }: KeptLog): void {
    this.epoch = epoch;
    this.seq = seq;
    this.#entries = new Map(entries.map((entry) => [nameOf(entry), entry]));
  }

  /** One page of what was missed. */
  resume({ reset, states, seq, live }: States, epoch: string): void {
    const begins = reset || this.epoch !== epoch;
    if (begins) {
      this.#entries = new Map();
      this.#news = { since: null, changed: new Map() };
    }
    this.epoch = epoch;
    this.#put(states, seq);
    this.isResuming = !live;
  }

  /** Takes what goes on from here. Until the log is live, what comes is part of a page or follows it. */
  apply(entry: Entry): Taken {
    const becomes = this.isResuming ? 'known' : taken(this.seq, entry);
    if (becomes === 'next') this.#put([entry], entry.seq);
    if (becomes === 'gap') this.isResuming = true;
    return becomes;
  }

  /** What has changed since this was asked for last. */
  news(): LogNews | null {
    const { name, epoch, seq } = this;
    const news = this.#news;
    this.#news = null;
    return news && epoch !== undefined
      ? { name, epoch, seq, since: news.since, changed: [...news.changed.values()] }
      : null;
  }

  #put(changed: readonly Entry[], seq: Seq): void {
    const news = (this.#news ??= { since: this.seq, changed: new Map() });
    const entries = new Map(this.#entries);
    for (const entry of changed) {
      const name = nameOf(entry);
      const isGone = entry.gone || !entry.state;
      if (isGone) entries.delete(name);
      else entries.set(name, entry);
      news.changed.set(name, isGone ? { ...entry, gone: true } : entry);
    }
    this.#entries = entries;
    this.seq = seq;
  }
}
