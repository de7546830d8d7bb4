import type { LoggedIn } from '../../gen/protocol';
import type { Drawer } from '../messages/edits.svelte';
import { calls } from '../session/calls';
import { ofTab } from '../session/pockets';
import { currentSession, leave } from '../session/session';
import { browserWorld } from '../session/world';
import type { World } from '../socket/connection.svelte';
import { Drafts } from './drafts';
import { IndexedShelf } from './indexed';
import type { Ties } from './room.svelte';
import type { Shelf } from './shelf';
import { browserTabs } from './tabs';

/** What a line stands on. */
export interface Surroundings extends Pick<Ties, 'page' | 'announce'> {
  world: World;
  nonce(): string;
  now(): number;
  shelf: Shelf;
  /** Where unsaved edits are kept. */
  drawer: Drawer;
  drafts: Drafts;
  sessionOver(): void;
}

type Announce = Surroundings['announce'];

/** What a line needs of the browser. */
export function browserSurroundings({ username, token }: LoggedIn, announce: Announce): Surroundings {
  const present = () => currentSession()?.username === username;
  return {
    world: browserWorld(token),
    nonce,
    now: () => Date.now(),
    page: (room, place, limit) => calls.messages(token, room, place, limit),
    shelf: new IndexedShelf({ user: username, tabs: browserTabs(`page ${nonce()}`), present }),
    drawer: drawer(`edits ${username}`),
    drafts: new Drafts(ofTab, username),
    announce,
    sessionOver: () => leave('Your session is over. Please sign in again.'),
  };
}

/** Beside the draft of what is written anew: of one tab, and of one person. */
function drawer(key: string): Drawer {
  return { look: () => ofTab.get(key), put: (text) => void ofTab.put(key, text) };
}

/** `crypto.randomUUID` exists on secure pages only, and a team's own server may speak plain HTTP. */
function nonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
