const LINES_SHOWN = 24;
const CHARS_SHOWN = 2_400;

/** Whether a message is so tall that the list shows its beginning and offers the rest. */
export function isTall(text: string): boolean {
  if (text.length > CHARS_SHOWN) return true;
  let lines = 0;
  for (const char of text) if (char === '\n') lines += 1;
  return lines > LINES_SHOWN;
}
