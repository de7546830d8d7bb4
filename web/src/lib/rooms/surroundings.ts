import type { LoggedIn, Me, Order } from '../../gen/protocol';
import { TabDrawer } from '../messages/drawer';
import { Places } from '../messages/places';
import type { Drawer } from '../messages/edits.svelte';
import { calls } from '../session/calls';
import { ofTab } from '../session/pockets';
import { currentSession, idOf, isSamePerson, leave, remember } from '../session/session';
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
  places: Places;
  /** Puts their rooms in this order, on all devices. */
  order(order: Order): Promise<void>;
  /** Who they are, as the server says by now. */
  known(me: Me): void;
  sessionOver(): void;
}

type Announce = Surroundings['announce'];

/** What a line needs of the browser. */
export function browserSurroundings(session: LoggedIn, announce: Announce): Surroundings {
  const { username: name, token } = session;
  const id = idOf(session);
  const present = () => isSamePerson(session, currentSession());
  return {
    world: browserWorld(token),
    nonce,
    now: () => Date.now(),
    page: (room, place, limit) => calls.messages(token, room, place, limit),
    shelf: new IndexedShelf({ name, id, tabs: browserTabs(`page ${nonce()}`), present }),
    drawer: new TabDrawer(ofTab, name, id),
    drafts: new Drafts(ofTab, name, id),
    places: new Places(ofTab),
    order: (order) => calls.setOrder(token, order),
    known: (me) => remember(token, me),
    announce,
    sessionOver: () => leave('Your session is over. Please sign in again.'),
  };
}

/** `crypto.randomUUID` exists on secure pages only, and a team's own server may speak plain HTTP. */
function nonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
