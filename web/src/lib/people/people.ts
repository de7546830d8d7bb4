const TONES = 8;
const graphemes = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter() : null;

/** The letter on a person's tag: the first one that a reader would call a letter. */
export function initial(name: string): string {
  const first = graphemes?.segment(name)[Symbol.iterator]().next().value?.segment ?? [...name][0] ?? '?';
  return first.slice(0, 8).toLocaleUpperCase();
}

/** The same colour for the same person, or name, on every device. */
export function tone(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % TONES;
}

/** Oneself first, then the others as the reader's language sorts them. */
export function inOrder(names: readonly string[], me: string): string[] {
  const others = [...new Set(names)]
    .filter((name) => name !== me)
    .sort((left, right) => left.localeCompare(right));
  return names.includes(me) ? [me, ...others] : others;
}
