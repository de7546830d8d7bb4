import type { Availability, Entry, Me, Order, States } from '../../gen/protocol';
import { accountIn, cardsIn, mutedIn, placeIn, stateOf } from '../protocol/entries';
import type { Taken } from '../protocol/place';
import type { KeptLog } from './shelf';
import { StateLog } from './statelog.svelte';

/** The two logs that are no room's: one's own, and the house's, of which guests know nothing. */
export class StateLogs {
  readonly own = new StateLog('own');
  readonly house = new StateLog('house');
  readonly both = [this.own, this.house] as const;
  /** Everybody, by id. */
  readonly cards = $derived.by(() => cardsIn(this.house.entries.values()));
  /** What the place is; nothing if it was never changed, and to guests. */
  readonly place = $derived.by(() => placeIn(this.house.entries.values()));
  /** Whom one does not want to hear. */
  readonly muted = $derived.by(() => mutedIn(this.own.entries.values()));
  /** What one says of oneself; `null` until it has been told. */
  readonly profile = $derived.by(() => {
    const account = accountIn(this.own.entries.values());
    return account && (account.profile ?? {});
  });

  /** Which session was begun last by a link; nothing if none was. */
  readonly device = $derived.by(() => {
    const entries = [...this.own.entries.values()];
    return entries.map((entry) => stateOf('device', entry)).find((state) => state !== null) ?? null;
  });

  /** How one wants to be seen; as everybody is at first, until one has said so. */
  readonly availability = $derived.by((): Availability => {
    const entries = [...this.own.entries.values()];
    return entries.map((entry) => stateOf('availability', entry)).find((state) => state !== null) ?? {};
  });

  restore(kept: readonly KeptLog[]): void {
    for (const log of kept) this.named(log.name === 'house').restore(log);
  }

  named(house = false): StateLog {
    return house ? this.house : this.own;
  }

  /** All of both is asked for. */
  await(): void {
    for (const log of this.both) log.isResuming = true;
  }

  resume(page: States, epoch: string): void {
    this.named(page.house).resume(page, epoch);
  }

  take(entry: Entry): Taken {
    return this.named(entry.house).apply(entry);
  }

  /** Whoever has become a guest keeps nothing of the house. */
  leaveHouse(epoch: string): void {
    this.house.resume({ house: true, reset: true, states: [], seq: 0, live: false }, epoch);
  }

  /** In which order one has one's rooms, if these entries of one's own log tell of it. */
  static order(entries: Iterable<Entry>): Order | null {
    let order: Order | null = null;
    for (const entry of entries) order = stateOf('order', entry) ?? order;
    return order;
  }

  /** The same person, as these entries of their own log tell of them. */
  static learned(me: Me, entries: Iterable<Entry>): Me {
    let learned = me;
    for (const entry of entries) {
      const account = stateOf('account', entry);
      if (account && entry.id === me.id) learned = { ...learned, ...account };
    }
    return learned;
  }
}
