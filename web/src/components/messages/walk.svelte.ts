import { tick } from 'svelte';
import type { Wish } from '../../lib/messages/filling.svelte';
import type { Hand } from '../../lib/messages/hand.svelte';
import { heirOf, type Row } from '../../lib/messages/rows';

/** A row that is not measured after this many pictures is none that will be. */
const FRAMES_MAX = 60;
/** So long the list may move while it measures what stands round a row. */
const SETTLING_FRAMES = 6;

interface Ground {
  rows(): readonly Row[];
  hand: Hand;
  scroller(): HTMLElement | undefined;
  /** The list is about to move because the person wants it to. */
  pulled(): void;
  /** What is missing at the edge of the rows. */
  next(): 'older' | 'newer' | null;
  /** Has missing messages come; ends when they have, or have failed to. */
  fill(wish: Wish): Promise<void>;
  /** Shows the newest messages. */
  toNewest(): void;
  /** Beyond the newest, one writes. */
  leave(): void;
}

/** Where a key leads: to a row, which may lie beyond the edge of what is shown, or to an end of the room. */
export type Step = number | 'oldest' | 'newest';

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** How the keyboard goes from message to message, in a list that draws only those in view. */
export class Walk {
  /** The row that one is on the way to: it has to be drawn. */
  bound = $state.raw<string | null>(null);
  readonly #ground: Ground;
  #held: readonly Row[] = [];
  /** Where one wants to go as soon as messages have come that are missing on the way. */
  #crossing: { index: () => number } | null = null;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  indexOf(key: string | null): number {
    return this.#ground.rows().findLastIndex((row) => row.key === key);
  }

  /** The row that the keyboard is on, or would be if it came from elsewhere. */
  get index(): number {
    const index = this.indexOf(this.#ground.hand.current);
    return index < 0 ? this.#ground.rows().length - 1 : index;
  }

  /** Called with each change of the rows: if the current one is gone, its neighbour is it, or where one wants to go. */
  keepCurrent(rows: readonly Row[]): void {
    const { hand } = this.#ground;
    const isGone = this.indexOf(hand.current) < 0;
    const wanted = isGone && this.#crossing ? rows[this.#crossing.index()] : undefined;
    if (wanted) hand.current = wanted.key;
    else if (hand.current !== null) hand.current = heirOf(hand.current, this.#held, rows);
    this.#held = rows;
  }

  /** Where this key leads from here; `null` if it is not for walking, or the message itself has more to show that way. */
  step({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): Step | null {
    const row = (target as Element).closest('article');
    if (!row || metaKey || altKey) return null;
    if (key === 'Home') return 'oldest';
    if (key === 'End') return 'newest';
    if (ctrlKey || this.#goesOn(row, key)) return null;
    const onTheWay = this.indexOf(this.bound);
    const from = onTheWay < 0 ? this.index : onTheWay;
    if (key === 'ArrowUp' || key === 'PageUp') return from - 1;
    return key === 'ArrowDown' || key === 'PageDown' ? from + 1 : null;
  }

  /** Whoever goes elsewhere does not want to go on to where they were going. */
  turn(): void {
    this.#crossing = null;
  }

  /** Messages that are missing on the way come first. */
  go(step: Step): Promise<void> | void {
    this.turn();
    const { rows, next, toNewest, leave } = this.#ground;
    const edge = next();
    if (step === 'oldest') {
      const isThere = () => next() !== 'older';
      return isThere() ? this.goTo(0) : this.#cross(step, () => (isThere() ? 0 : -1));
    }
    if (step === 'newest') {
      if (edge === 'newer') toNewest();
      return this.goTo(rows().length - 1);
    }
    if (step < 0) return edge === 'older' ? this.#cross(edge, this.#beside(0, -1)) : this.goTo(0);
    if (step < rows().length) return this.goTo(step);
    return edge === 'newer' ? this.#cross(edge, this.#beside(rows().length - 1, 1)) : leave();
  }

  /** Where the neighbour of a row will be; nowhere, if the row itself is gone by then. */
  #beside(index: number, by: 1 | -1): () => number {
    const key = this.#ground.rows()[index]?.key ?? null;
    return () => {
      const now = this.indexOf(key);
      return now < 0 ? -1 : now + by;
    };
  }

  /** Goes on as soon as what is missing has come, if the keyboard is still here and wants nothing else by then. */
  async #cross(wish: Wish, index: () => number): Promise<void> {
    const crossing = { index };
    this.#crossing = crossing;
    await this.#ground.fill(wish);
    if (this.#crossing !== crossing) return;
    if (this.#isHere()) await this.goTo(index());
    if (this.#crossing === crossing) this.#crossing = null;
  }

  /** Puts the keyboard on a message, which may have to be brought into view first. */
  async goTo(index: number): Promise<void> {
    const row = await this.bring(this.#ground.rows()[index]?.key);
    if (!row) return;
    row.focus({ preventScroll: true });
    this.bound = null;
    await this.reveal(row, () => document.activeElement === row);
  }

  /** The same for whom the focus was lost, unless something has taken it meanwhile: a field that opened. */
  async inherit(index: number): Promise<void> {
    const row = await this.bring(this.#ground.rows()[index]?.key);
    if (row && document.activeElement === document.body) return this.goTo(index);
    if (row) this.bound = null;
  }

  goToFirstInView(): Promise<void> {
    const scroller = this.#ground.scroller();
    const top = scroller?.getBoundingClientRect().top ?? 0;
    const rows = [...(scroller?.querySelectorAll<HTMLElement>('article') ?? [])];
    const first = rows.find((row) => row.getBoundingClientRect().top >= top);
    return this.goTo(this.indexOf(first?.dataset.key ?? null));
  }

  /** Has a row drawn and measured, without which nothing can take the focus; `null` if one goes elsewhere meanwhile. */
  async bring(key: string | undefined): Promise<HTMLElement | null> {
    if (key === undefined) return null;
    this.bound = key;
    await tick();
    for (let frame = 0; frame < FRAMES_MAX && this.bound === key; frame += 1) {
      const row = this.articleOf(key);
      if (row?.checkVisibility({ visibilityProperty: true })) return row;
      await nextFrame();
    }
    if (this.bound === key) this.bound = null;
    return null;
  }

  /**
   * Keeps a row in view for as long as it is wanted there and the list has not settled; where a keyboard on the screen
   * leaves no room for all of it, what is open in it.
   */
  async reveal(row: HTMLElement, wanted: () => boolean): Promise<void> {
    this.#ground.pulled();
    for (let frame = 0; frame < SETTLING_FRAMES && wanted(); frame += 1) {
      row.scrollIntoView({ block: 'nearest' });
      row.querySelector('form, [role=alertdialog]')?.scrollIntoView({ block: 'nearest' });
      await nextFrame();
    }
  }

  #isHere(): boolean {
    const { activeElement, body } = document;
    return activeElement === body || this.#ground.scroller()?.parentElement?.contains(activeElement) === true;
  }

  /** A message that is taller than the list is read page by page. */
  #goesOn(row: HTMLElement, key: string): boolean {
    const outer = this.#ground.scroller()?.getBoundingClientRect();
    const inner = row.getBoundingClientRect();
    if (!outer || inner.height <= outer.height) return false;
    return key === 'PageUp'
      ? inner.top < outer.top - 1
      : key === 'PageDown' && inner.bottom > outer.bottom + 1;
  }

  articleOf(key: string): HTMLElement | null {
    const scroller = this.#ground.scroller();
    return scroller?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null;
  }
}
