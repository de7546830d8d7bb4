import type { Order } from '../../gen/protocol';
import { NO_ORDER } from './order';

/** Whoever moves a room moves it again at once: what comes within this time is one change. */
const PAUSE_MS = 400;

/** The order of one's rooms: as it was told, or as one has just wished it on this page. */
export class Ordering {
  /** Why the last wish was not granted, for people. */
  problem = $state('');
  readonly order = $derived.by(() => this.#wish ?? this.#told);

  readonly #put: (order: Order) => Promise<void>;
  #told = $state.raw<Order>(NO_ORDER);
  #wish = $state.raw<Order | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underWay = 0;

  constructor(put: (order: Order) => Promise<void>) {
    this.#put = put;
  }

  /** It is this on all devices, or nothing yet. What one wishes here goes on until it is granted. */
  told(order: Order | null): void {
    this.#told = order ?? NO_ORDER;
    if (this.#timer === undefined && this.#underWay === 0) this.#wish = null;
  }

  /** It becomes this, here at once. */
  wish(order: Order): void {
    this.#wish = order;
    this.problem = '';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#say(), PAUSE_MS);
  }

  async #say(): Promise<void> {
    this.#timer = undefined;
    const wish = this.#wish;
    if (!wish) return;
    const before = this.#told;
    this.#underWay += 1;
    try {
      await this.#put(wish);
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.#underWay -= 1;
    const isLast = this.#wish === wish;
    // What is granted may be told before the answer, or after it.
    if (isLast && (this.problem !== '' || this.#told !== before)) this.#wish = null;
  }
}
