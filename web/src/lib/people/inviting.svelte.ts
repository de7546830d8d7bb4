import { untrack } from 'svelte';
import type {
  Admission,
  InvitationId,
  ListedInvitation,
  LoggedIn,
  NewInvitation,
  PlaceState,
  RoomId,
} from '../../gen/protocol';
import { addressOf } from '../session/address';
import { ProblemError } from '../session/api';
import { calls } from '../session/calls';
import { thePlace } from '../session/theplace.svelte';

/** Ends that one can choose for a link, in days. */
export const DAYS = [1, 7, 30, 365] as const;
/** How many people one can choose to let in by it; 0 for any number. */
export const USES = [1, 10, 100, 0] as const;

const DAY_MS = 24 * 3_600_000;

/** Where a link leads that has this code. */
export function joinAddress(publicUrl: string | undefined, code: string): string {
  const base = publicUrl ?? addressOf('/').href;
  return `${base}${base.endsWith('/') ? '' : '/'}join/${code}`;
}

/** Where it is that others are invited to. */
export interface Here {
  readonly place: PlaceState | null;
  /** The address that people open, if it is another one than the page's. */
  readonly publicUrl: string | undefined;
  sessionOver(): void;
}

/** Making links by which others come, and saying who may register at all. */
export class Inviting {
  /** The link that was made last: its code is told once, so it is shown until the page is left. */
  made = $state.raw<{ readonly id: InvitationId; readonly address: string } | null>(null);
  /** One's own links, and for administrators everybody's; none until they are loaded. */
  list = $state.raw<readonly ListedInvitation[] | null>(null);
  busy = $state(false);
  /** Why something did not work, for people. */
  problem = $state<string | null>(null);
  readonly #session: LoggedIn;
  readonly #here: Here;

  constructor(session: LoggedIn, here: Here) {
    this.#session = session;
    this.#here = here;
    void thePlace.load();
  }

  /** The place, as it is told; guests are not, and ask. */
  get place(): PlaceState {
    return this.#here.place ?? thePlace;
  }

  load = () => this.#try(() => this.#reload());

  /** Makes a link into these rooms. */
  make = (rooms: readonly RoomId[], days: number, uses: number) =>
    this.#try(async () => {
      const body: NewInvitation = {
        rooms: [...rooms],
        expires: new Date(Date.now() + days * DAY_MS).toISOString(),
      };
      if (uses > 0) body.uses = uses;
      await this.#make(body);
    });

  /** Nobody comes by it any more. */
  revoke = (id: InvitationId) =>
    this.#try(async () => {
      await calls.revokeInvitation(this.#session.token, id);
      this.list = this.list?.filter((each) => each.id !== id) ?? null;
      if (this.made?.id === id) this.made = null;
    });

  /** Says who may register. Who lets in only whoever is invited, is given a link in the same press. */
  admit = (registration: Admission) =>
    this.#try(async () => {
      await calls.changePlace(this.#session.token, { registration });
      if (registration === 'invite' && this.made === null) await this.#make({});
      if (registration === 'closed') this.made = null;
    });

  /** Gives the place a name. */
  call = (name: string) => this.#try(() => calls.changePlace(this.#session.token, { name }));

  async #make(body: NewInvitation): Promise<void> {
    const { id, code } = await calls.makeInvitation(this.#session.token, body);
    this.made = { id, address: joinAddress(this.#here.publicUrl, code) };
    if (this.list) await this.#reload();
  }

  async #reload(): Promise<void> {
    this.list = await calls.invitations(this.#session.token);
  }

  async #try(what: () => Promise<unknown>): Promise<void> {
    if (untrack(() => this.busy)) return;
    this.busy = true;
    this.problem = null;
    try {
      await what();
    } catch (error) {
      if (error instanceof ProblemError && error.endsSession) this.#here.sessionOver();
      else this.problem = error instanceof Error ? error.message : 'That did not work.';
    } finally {
      this.busy = false;
    }
  }
}
