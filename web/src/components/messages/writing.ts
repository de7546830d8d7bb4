const sizesItself = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

/** While an input method is composing, Enter chooses a word and Escape drops it. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Makes a text area as tall as its text, where the browser does not do so by itself. */
export function fit(node: HTMLTextAreaElement, text: string): void {
  if (sizesItself) return;
  node.value = text;
  node.style.height = 'auto';
  node.style.height = `${node.scrollHeight + node.offsetHeight - node.clientHeight}px`;
}
