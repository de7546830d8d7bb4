import { NOTHING_TO_READ, TEXT_CHARS_MAX } from '../../gen/protocol';

/** What the server would refuse a text for, in the order in which it looks. */
export type Fault = 'torn' | 'long' | 'nul' | 'blank';

export function faultOf(text: string): Fault | null {
  // Half of a surrogate pair is a character of its own to such an expression, and a whole pair is not.
  if (/\p{Surrogate}/u.test(text)) return 'torn';
  if (charsLeft(text) < 0) return 'long';
  if (text.includes('\0')) return 'nul';
  return NOTHING_TO_READ.test(text) ? 'blank' : null;
}

/** Why the server would refuse a text, for whoever has typed it; `null` if it would not. */
export function objection(text: string): string | null {
  switch (faultOf(text)) {
    case 'torn':
      return 'There is half of a character in it, as when an emoji is cut in two.';
    case 'long':
      return `${(-charsLeft(text)).toLocaleString()} characters too many`;
    case 'nul':
      return 'There is a character in it that no message can hold (U+0000).';
    case 'blank':
      return 'There is nothing to read in it.';
    case null:
      return null;
  }
}

const WARN_FROM = 500;

/** What there is to say about a text while it is being typed: what is wrong with it, or that little more fits. */
export function remark(text: string): string {
  if (text === '') return '';
  const left = charsLeft(text);
  const warning = left <= WARN_FROM ? `${left.toLocaleString()} characters left` : '';
  return objection(text) ?? warning;
}

/** Counts as the server does: code points, not UTF-16 units, of which there are at most twice as many. */
function charsLeft(text: string): number {
  const units = TEXT_CHARS_MAX - text.length;
  return units > WARN_FROM ? units : TEXT_CHARS_MAX - Array.from(text).length;
}
