import { TEXT_CHARS_MAX } from '../../gen/protocol';

const WARN_FROM = 500;

export interface Length {
  readonly blank: boolean;
  readonly tooLong: boolean;
  /** Characters left, once there are few; `null` before. */
  readonly left: number | null;
}

/** Counts as the server does: code points, not UTF-16 units. */
export function measure(text: string): Length {
  const blank = text.trim() === '';
  if (text.length <= TEXT_CHARS_MAX - WARN_FROM) return { blank, tooLong: false, left: null };
  const left = TEXT_CHARS_MAX - Array.from(text).length;
  return { blank, tooLong: left < 0, left: left <= WARN_FROM ? left : null };
}

const LINES_SHOWN = 24;
const CHARS_SHOWN = 2_400;

/** Whether a message is so tall that the list shows its beginning and offers the rest. */
export function isTall(text: string): boolean {
  if (text.length > CHARS_SHOWN) return true;
  let lines = 0;
  for (const char of text) if (char === '\n') lines += 1;
  return lines > LINES_SHOWN;
}
