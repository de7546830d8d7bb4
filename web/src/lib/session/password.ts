import { PASSWORD_CHARS_MIN } from '../../gen/protocol';

/** What the field says while a password is being chosen. The server has the last word. */
export function passwordHint(password: string): { text: string; enough: boolean } {
  const missing = PASSWORD_CHARS_MIN - [...password].length;
  if (password === '')
    return { text: `At least ${PASSWORD_CHARS_MIN} characters. A few words make a good one.`, enough: false };
  if (missing === 1) return { text: 'One more character.', enough: false };
  if (missing > 1) return { text: `${missing} more characters.`, enough: false };
  return { text: 'Long enough.', enough: true };
}
