const NEAR_END_PX = 60;
const NEAR_START_PX = 900;

export interface Extent {
  top: number;
  height: number;
  view: number;
}

/** Where the reader is. Only the reader leaves the newest message: what grows or shrinks around them does not count. */
export class Place {
  atNewest = $state(true);
  #top = 0;

  scrolled({ top, height, view }: Extent): void {
    if (height - view - top <= NEAR_END_PX) this.atNewest = true;
    else if (top < this.#top) this.atNewest = false;
    this.#top = top;
  }

  /** Whether it is time to fetch older messages, before the reader sees the edge. */
  static nearStart({ top }: Extent): boolean {
    return top < NEAR_START_PX;
  }
}
