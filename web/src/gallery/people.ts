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

/** A picture of somebody, and a file that is none. */
export const PICTURE = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#c65" d="M0 0h8v8H0z"/><path fill="#fd9" d="M0 5h8v3H0z"/></svg>',
)}`;
export const NO_PICTURE = 'data:image/webp,';

/** Drops a file onto the form. */
export const drop = (file: () => File) => (root: ShadowRoot) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file());
  root.querySelector('form')?.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
};

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
