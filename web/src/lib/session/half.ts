import { addressOf } from './address';

const NAME = /^(?:__Host-|__Secure-)?cb-half$/;

/** Of the two cookies of a session, deletes the one that a page may: what is left opens nothing. */
export function dropHalf(): void {
  const names = document.cookie.split(';').map((pair) => pair.split('=')[0]?.trim() ?? '');
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  for (const name of names.filter((name) => NAME.test(name)))
    for (const path of [addressOf('/').pathname, '/'])
      document.cookie = `${name}=; Path=${path}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Strict${secure}`;
}
