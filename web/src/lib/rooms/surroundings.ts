import type { LoggedIn, MessagePage } from '../../gen/protocol';
import { ask } from '../session/api';
import { leave } from '../session/session';
import { browserWorld } from '../session/world';
import type { Unsent } from '../socket/outbox.svelte';
import type { Surroundings } from './conversation.svelte';

type Announce = Surroundings['announce'];

/** What a conversation needs of the browser. */
export function browserSurroundings({ username, token }: LoggedIn, announce: Announce): Surroundings {
  const key = `unsent ${username}`;
  return {
    world: browserWorld(token),
    nonce,
    now: () => Date.now(),
    page: (room, before, limit) =>
      ask<MessagePage>(`/api/rooms/${room}/messages?before=${before}&limit=${limit}`, { token }),
    keep: (entries) => keep(key, entries),
    kept: kept(key),
    announce,
    sessionOver: () => leave('Your session is over. Please sign in again.'),
  };
}

/** `crypto.randomUUID` exists on secure pages only, and a team's own server may speak plain HTTP. */
function nonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function keep(key: string, entries: readonly Unsent[]): void {
  try {
    if (entries.length > 0) sessionStorage.setItem(key, JSON.stringify(entries));
    else sessionStorage.removeItem(key);
  } catch {
    // The browser's storage is full: the messages still go out, as long as the page stays.
  }
}

function kept(key: string): Unsent[] {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? '[]') as Unsent[];
  } catch {
    return [];
  }
}
