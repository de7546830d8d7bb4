const sizesItself = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

/** While an input method is composing, Enter chooses a word and Escape drops it. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Where one writes with a thumb there is no Shift: Enter breaks the line, and a button sends. */
const byThumb = () => matchMedia('(pointer: coarse)').matches;

/** Whether this key says that the text is finished. A keyboard at a touch screen has Ctrl and ⌘ for it. */
export function finishes(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || composing(event)) return false;
  return event.ctrlKey || event.metaKey || !byThumb();
}

/** Makes a text area as tall as its text, where the browser does not do so by itself. */
export function fit(node: HTMLTextAreaElement, text: string): void {
  if (sizesItself) return;
  node.value = text;
  node.style.height = 'auto';
  node.style.height = `${node.scrollHeight + node.offsetHeight - node.clientHeight}px`;
}
