import { copied, type Piece } from '../../lib/messages/copied';
import type { Row } from '../../lib/messages/rows';

/** What is selected of the messages: it stays in the list while somebody scrolls on, and is copied as they would write it down. */
export class SelectedRows {
  /** The messages where the selection begins and ends. */
  ends = $state.raw<readonly string[]>([]);
  readonly #rows: () => readonly Row[];

  constructor(rows: () => readonly Row[]) {
    this.#rows = rows;
  }

  /** Attaches it to the list. */
  readonly follow = (list: HTMLElement) => {
    const end = new AbortController();
    const select = () => this.#select(list);
    document.addEventListener('selectionchange', select, { signal: end.signal });
    document.addEventListener('copy', (event) => this.#copy(event, list), { signal: end.signal });
    return () => end.abort();
  };

  #select(list: HTMLElement): void {
    const selection = getSelection();
    const ends = selection?.isCollapsed ? [] : [selection?.anchorNode, selection?.focusNode];
    const rows = ends.map((node) => around(node, 'article')).filter((row) => row && list.contains(row));
    const keys = rows.flatMap((row) => row?.dataset.key ?? []);
    if (keys.join() !== this.ends.join()) this.ends = keys;
  }

  #copy(event: ClipboardEvent, list: HTMLElement): void {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || isField(event.target)) return;
    const range = selection.getRangeAt(0);
    const pieces = this.#pieces(range, list);
    const [first] = pieces;
    if (!first) return;
    // Words of one message are words. A press that takes a whole paragraph ends at the beginning of the next one.
    const words = pieces.length === 1 && around(range.startContainer, '.text') !== null;
    event.clipboardData?.setData('text/plain', words ? first.text : copied(pieces));
    event.preventDefault();
  }

  #pieces(range: Range, list: HTMLElement): Piece[] {
    const shown = new Map<string | undefined, HTMLElement>();
    for (const article of list.querySelectorAll<HTMLElement>('article'))
      if (range.intersectsNode(article)) shown.set(article.dataset.key, article);
    if (shown.size === 0) return [];
    const rows = this.#rows();
    const isShown = (row: Row) => shown.has(row.key);
    // What reaches beyond the list takes all of it, and not only what is drawn.
    const first = range.comparePoint(list, 0) >= 0 ? 0 : rows.findIndex(isShown);
    const reachesOut = range.comparePoint(list, list.childNodes.length) <= 0;
    const last = reachesOut ? rows.length - 1 : rows.findLastIndex(isShown);
    return rows
      .slice(first, last + 1)
      .map((row) => ({ row, text: partOf(range, shown.get(row.key)) ?? row.text }))
      .filter(({ text }) => text !== '');
  }
}

function around(node: Node | null | undefined, selector: string): HTMLElement | null {
  const element = node instanceof Element ? node : node?.parentElement;
  return element?.closest<HTMLElement>(selector) ?? null;
}

/** How much of a message's text lies in the range; `null` if its text is not shown. */
function partOf(range: Range, article: HTMLElement | undefined): string | null {
  const text = article?.querySelector('.text');
  if (!text) return null;
  const part = document.createRange();
  part.selectNodeContents(text);
  const end = text.childNodes.length;
  if (range.comparePoint(text, end) < 0 || range.comparePoint(text, 0) > 0) return '';
  if (range.comparePoint(text, 0) < 0) part.setStart(range.startContainer, range.startOffset);
  if (range.comparePoint(text, end) > 0) part.setEnd(range.endContainer, range.endOffset);
  return part.toString();
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input, textarea');
}
