import type { Wire, World } from '../socket/connection.svelte';
import { addressOf } from './address';
import { sessionLives } from './session';

/** The browser's side of a connection. */
export function browserWorld(token: string): World {
  return {
    open: () => new WebSocket(socketAddress(token)) as Wire,
    random: () => Math.random(),
    watched: () => document.visibilityState === 'visible',
    sessionLives: () => sessionLives(token),
  };
}

function socketAddress(token: string): string {
  const address = addressOf(`/ws?hello&token=${encodeURIComponent(token)}`);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}
