import type { MessagePage, Seq } from '../../gen/protocol';
import type { End, Timeline } from './timeline.svelte';

/** What of the history somebody waits for: more at the edge of what is shown, or where it all begins. */
export type Wish = 'older' | 'newer' | 'oldest';

/** What a list has to know of what it does not show. */
export interface Missing {
  /** What would come next at the edge of what is shown; `null` if nothing is missing. */
  readonly next: 'older' | 'newer' | null;
  /** What is being waited for. */
  readonly wish: Wish | null;
  /** What did not come, and can be asked for again. */
  readonly failed: Wish | null;
}

type Fetch = (end: End, place: Seq) => Promise<MessagePage>;

interface Asked {
  readonly wish: Wish;
  /** What was shown then: for something else, it means nothing. */
  readonly generation: number;
}

/** Has missing messages come: the last wish counts, also if an earlier one is answered later. */
export class Filling implements Missing {
  readonly #timeline: Timeline;
  readonly #fetch: Fetch;
  #underWay = $state.raw<(Asked & { done: Promise<void> }) | null>(null);
  #failed = $state.raw<Asked | null>(null);

  constructor(timeline: Timeline, fetch: Fetch) {
    this.#timeline = timeline;
    this.#fetch = fetch;
  }

  get next(): 'older' | 'newer' | null {
    if (!this.#timeline.hole) return null;
    return this.#timeline.atOldest ? 'newer' : 'older';
  }

  get wish(): Wish | null {
    return this.#present(this.#underWay)?.wish ?? null;
  }

  get failed(): Wish | null {
    return this.#present(this.#failed)?.wish ?? null;
  }

  /** Ends when the page has come, or has failed to. */
  fill(wish: Wish): Promise<void> {
    const before = this.#present(this.#underWay);
    if (before?.wish === wish) return before.done;
    const { generation } = this.#timeline;
    const end = wish === 'older' ? 'before' : 'after';
    const ended = (failed: Asked | null) => {
      if (this.#underWay !== underWay) return;
      this.#underWay = null;
      this.#failed = failed;
    };
    const answer = this.#timeline.fill(end, (place) => this.#fetch(end, place));
    const done = answer.then(
      () => ended(null),
      () => ended({ wish, generation }),
    );
    const underWay = { wish, generation, done };
    this.#underWay = underWay;
    this.#failed = null;
    return done;
  }

  #present<Some extends Asked>(asked: Some | null): Some | null {
    return asked?.generation === this.#timeline.generation ? asked : null;
  }
}
