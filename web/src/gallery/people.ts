import type { Me, User } from '../gen/protocol';

/** As long as a name may be, in a script that runs the other way. */
export const ARABIC = 'عبد الرحمن بن خلدون الحضرمي التون';
/** As long as a name may be, in one word of the widest letter. */
export const WIDE = 'W'.repeat(32);
/** A word that ends nowhere. */
export const WORD = 'Rindfleischetikettierung'.repeat(167).slice(0, 4000);

export const nothing = () => undefined;
/** What never comes to an end, and what is refused. */
export const never = () => new Promise<never>(nothing);
export const refused = () =>
  Promise.reject(new Error('The connection went away. Try again once it is back.'));

let ids = 0;

export function user(username: string, more: Partial<User> = {}): User {
  ids += 1;
  return { id: ids, username, email: `${ids}@example.org`, role: 'member', active: true, ...more } as User;
}

export const ada: Me = { id: 0, username: 'Ada', role: 'owner' };

/** Presses the button of this name. */
export const press = (name: string) => (root: ShadowRoot) =>
  [...root.querySelectorAll('button')]
    .find((button) => (button.ariaLabel ?? button.textContent.trim()).startsWith(name))
    ?.click();
