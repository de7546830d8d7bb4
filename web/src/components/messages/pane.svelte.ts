import type { Missing, Wish } from '../../lib/messages/filling.svelte';
import { ScrollPosition, type Extent } from '../../lib/messages/scroll.svelte';

interface Frame {
  scroll(): ScrollPosition;
  missing(): Missing;
  fill(wish: Wish): Promise<void>;
  /** A keyboard on the screen has taken half of the list, or given it back. */
  resized(): void;
}

/** The part of the list that is in view: it follows the newest message, and has more come near its edges. */
export class Pane {
  node = $state<HTMLElement>();
  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  /** Keeps the newest in view while the list or the window changes its size. */
  readonly follow = (node: HTMLElement) => {
    this.node = node;
    let view = node.clientHeight;
    const observer = new ResizeObserver(() => {
      const scroll = this.#frame.scroll();
      rest(node);
      scroll.scrolled(extent(node), performance.now());
      if (scroll.follows) this.toEnd();
      this.fillNear();
      if (scroll.staying && node.clientHeight !== view) this.#frame.resized();
      view = node.clientHeight;
      scroll.resized(extent(node));
    });
    observer.observe(node);
    for (const child of node.children) observer.observe(child);
    return () => observer.disconnect();
  };

  readonly scrolled = () => {
    if (!this.node) return;
    if (this.#frame.scroll().scrolled(extent(this.node), performance.now())) this.toEnd();
    this.fillNear();
  };

  /** The person moves the list, or has it moved. */
  readonly pulled = () => this.#frame.scroll().pulled(performance.now());

  fillNear(): void {
    const { next, wish, failed } = this.#frame.missing();
    if (!this.node || !next || wish || failed) return;
    if (ScrollPosition.near(extent(this.node), next)) void this.#frame.fill(next);
  }

  toStart(): void {
    if (this.node) this.node.scrollTop = 0;
  }

  toEnd(): void {
    if (this.node) this.node.scrollTop = this.node.scrollHeight;
  }
}

function extent({ scrollTop, scrollHeight, clientHeight }: HTMLElement): Extent {
  return { top: scrollTop, height: scrollHeight, view: clientHeight };
}

/** Says how much room is left above a short conversation. */
function rest(node: HTMLElement): void {
  const { offsetHeight } = node.lastElementChild as HTMLElement;
  node.style.setProperty('--rest', `${Math.max(0, node.clientHeight - offsetHeight)}px`);
}
