import type { RoomId } from '../../gen/protocol';
import type { Placed, Section } from './order';

/** The list of rooms as it is drawn. */
export interface Drawn<Row extends Placed> {
  readonly rows: readonly Row[];
  readonly folded: readonly Section[];
}

/** Keeps the places of rows while somebody is at them: what would move settles once they have left. */
export class Steady<Row extends Placed> {
  readonly drawn = $derived.by((): Drawn<Row> => {
    const present = this.#present();
    if (!this.#held) return present;
    const { places, folded } = this.#held;
    const byId = new Map(present.rows.map((row) => [row.id, row]));
    const rows = places.flatMap(({ id, section }) => {
      const row = byId.get(id);
      return row ? [{ ...row, section }] : [];
    });
    return { rows, folded };
  });

  readonly #present: () => Drawn<Row>;
  #held = $state.raw<{
    places: readonly { id: RoomId; section: Section }[];
    folded: readonly Section[];
  } | null>(null);

  constructor(present: () => Drawn<Row>) {
    this.#present = present;
  }

  /** Whether somebody is at it. */
  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Somebody is at it. */
  hold(): void {
    if (!this.#held) this.settle();
  }

  /** What they have done themselves is seen at once. */
  settle(): void {
    const { rows, folded } = this.#present();
    this.#held = { places: rows.map(({ id, section }) => ({ id, section })), folded };
  }

  letGo(): void {
    this.#held = null;
  }
}
