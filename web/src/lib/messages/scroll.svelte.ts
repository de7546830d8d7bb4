const NEAR_END_PX = 60;
const NEAR_EDGE_PX = 900;
/** A list that moves this soon after a hand moved it was moved by the hand, even if it grew meanwhile. */
const HAND_MS = 1_000;

export interface Extent {
  top: number;
  height: number;
  view: number;
}

/** Where a reader was in a list of rows, to be there again: so far below the upper edge of a row. */
export interface Spot {
  readonly row: string;
  readonly below: number;
}

/** Where the reader is. Only the reader leaves the newest message: what grows or shrinks around them does not count. */
export class ScrollPosition {
  atNewest = $state(true);
  /** Something in the list is being written or asked: it stays where it is, whatever comes below. */
  staying = false;
  /** What is shown reaches up to the newest message. */
  #holdsNewest = true;
  #last: Extent = { top: 0, height: 0, view: 0 };
  #handAt = -Infinity;

  constructor(atNewest = true) {
    this.atNewest = atNewest;
  }

  /** The reader goes up with the wheel, a finger, the scroll bar or a key. */
  pulled(at: number): void {
    this.#handAt = at;
  }

  /** Says whether the list has to be brought back to the newest, because it moved by itself. */
  scrolled(now: Extent, at: number): boolean {
    const { top, height, view } = this.#last;
    const still = now.height === height && now.view === view;
    const byItself = Math.min(0, now.height - now.view - (height - view));
    const rose = now.top < top + byItself;
    if (!this.#holdsNewest) this.atNewest = false;
    else if (now.height - now.view - now.top <= NEAR_END_PX) this.atNewest = true;
    else if (this.staying || (rose && (still || at - this.#handAt < HAND_MS))) this.atNewest = false;
    this.#last = now;
    return this.follows && !still;
  }

  /** Whether the newest is to be kept in view. */
  get follows(): boolean {
    return this.atNewest && !this.staying;
  }

  /** The list or the window has another size now, and is where it should be. */
  resized(now: Extent): void {
    this.#last = now;
  }

  /** Where the list ends there may be more, which is not shown: then nobody is at the newest. */
  endsAt(newest: boolean): void {
    this.#holdsNewest = newest;
    if (!newest) this.atNewest = false;
  }

  /** Whether it is time to fetch what is missing, before the reader sees the edge. */
  static near({ top, height, view }: Extent, edge: 'older' | 'newer'): boolean {
    return (edge === 'older' ? top : height - view - top) < NEAR_EDGE_PX;
  }
}
