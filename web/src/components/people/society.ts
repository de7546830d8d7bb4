import { getContext, setContext } from 'svelte';
import type { PersonStatus, UserId } from '../../gen/protocol';
import type { Naming } from '../../lib/people/named';
import type { PresenceShown } from '../../lib/people/presence';

/** What the page knows of people, for whatever draws one. */
export interface Society {
  /** Oneself. */
  readonly me: UserId | null;
  /** How somebody is called; `username` is for whom one knows nothing more of. */
  called(id: UserId | null | undefined, username: string): Naming;
  /** Who is called so by the server, if one knows. */
  idOf(username: string): UserId | null;
  /** What they say of how they are. */
  statusOf(id: UserId): PersonStatus | null;
  /** How whoever is meant is there: somebody by name, or the one of these people who is not oneself. */
  signOf(whom: string | readonly UserId[]): PresenceShown;
  /** Where their picture is, if they show one. */
  pictureOf(id: UserId): string | null;
  /** Shows who somebody is. */
  show(id: UserId): void;
}

const KEY = Symbol('society');

/** Where nothing is known of anybody. */
const STRANGERS: Society = {
  me: null,
  called: (_, username) => ({ name: username, also: null }),
  idOf: () => null,
  statusOf: () => null,
  signOf: () => ({ state: 'offline', busy: false }),
  pictureOf: () => null,
  show: () => undefined,
};

/** Once for a page, while it is made. */
export const inSociety = (society: Society): Society => setContext(KEY, society);

export const society = (): Society => getContext<Society | undefined>(KEY) ?? STRANGERS;
