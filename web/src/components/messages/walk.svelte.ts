import { tick } from 'svelte';
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
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** How the keyboard goes from message to message, in a list that draws only those in view. */
export class Walk {
  /** The row that one is on the way to: it has to be drawn. */
  bound = $state.raw<string | null>(null);
  readonly #ground: Ground;
  #held: readonly Row[] = [];

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

  /** Called with each change of the rows: if the current one is gone, its neighbour is it. */
  keepCurrent(rows: readonly Row[]): void {
    const { hand } = this.#ground;
    if (hand.current !== null) hand.current = heirOf(hand.current, this.#held, rows);
    this.#held = rows;
  }

  /** Where this key leads from here; `null` if it is not for walking, or the message itself has more to show that way. */
  step({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): number | null {
    const row = (target as Element).closest('article');
    if (!row || ctrlKey || metaKey || altKey || this.#goesOn(row, key)) return null;
    const onTheWay = this.indexOf(this.bound);
    const from = onTheWay < 0 ? this.index : onTheWay;
    if (key === 'ArrowUp' || key === 'PageUp') return Math.max(from - 1, 0);
    if (key === 'ArrowDown' || key === 'PageDown') return from + 1;
    if (key === 'Home') return 0;
    return key === 'End' ? this.#ground.rows().length - 1 : null;
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
