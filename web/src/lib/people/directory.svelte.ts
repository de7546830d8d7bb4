import type { Event, Hello, LoggedIn, Me, UserPatch, User, UserId } from '../../gen/protocol';
import { ProblemError } from '../session/api';
import { calls } from '../session/calls';
import { keepSession } from '../session/session';
import { Connection, type Listener, type World } from '../socket/connection.svelte';
import { Asking } from './asking.svelte';
import { present } from './presence';
import type { Offer } from './standing';

export interface Registry {
  world: World;
  me(): Promise<Me>;
  users(): Promise<User[]>;
  /** Changes an account; without a standing, deletes it. */
  change(user: UserId, standing: UserPatch | null): Promise<unknown>;
  /** Signs in anew, and goes on by that session. */
  prove(password: string): Promise<unknown>;
  sessionOver(): void;
}

export type DirectoryState = 'loading' | 'failed' | 'forbidden' | 'ready';

/** Everybody who has registered, and who of them is here now. */
export class Directory implements Listener {
  state = $state<DirectoryState>('loading');
  /** Why it failed, for people. */
  problem = $state('');
  users = $state.raw<readonly User[]>([]);
  online = $state.raw<ReadonlySet<string>>(new Set());
  me = $state.raw<Me | null>(null);
  /** The change that somebody is asked about. */
  asking = $state.raw<Asking | null>(null);
  /** What was done last, as it is told. */
  done = $state.raw<{ readonly name: string; readonly what: string } | null>(null);
  readonly owner = $derived(this.users.find((user) => user.role === 'owner')?.username ?? null);
  readonly connection: Connection;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.connection = new Connection(registry.world, this);
  }

  async load(): Promise<void> {
    this.state = 'loading';
    try {
      const [me] = await Promise.all([this.#registry.me(), this.#refresh()]);
      this.me = me;
      this.state = me.role === 'owner' || me.role === 'admin' ? 'ready' : 'forbidden';
    } catch (error) {
      if (error instanceof ProblemError && error.endsSession) return this.sessionOver();
      this.problem = error instanceof Error ? error.message : '';
      this.state = 'failed';
    }
    if (this.state === 'ready') this.connection.connect();
  }

  /** Puts the question before a change. */
  ask(user: User, offer: Offer): void {
    const registry = this.#registry;
    this.asking = new Asking(user, offer, {
      change: (id, standing) => registry.change(id, standing),
      prove: (password) => registry.prove(password),
      done: (asking) => this.#changed(asking),
      sessionOver: () => this.sessionOver(),
    });
  }

  #changed({ user: { id, username: name }, offer: { standing, done: what } }: Asking): void {
    this.users = standing
      ? this.users.map((user) => (user.id === id ? { ...user, ...standing } : user))
      : this.users.filter((user) => user.id !== id);
    this.done = { name, what };
    this.asking = null;
    // Somebody else may have changed something, too.
    this.#refresh().catch(() => undefined);
  }

  hello(): Hello {
    return { rooms: {} };
  }

  receive(event: Event): void {
    if (event.type !== 'users' && event.type !== 'presence') return;
    this.online = new Set(present(this.online, event));
    const known = new Set(this.users.map((user) => user.username));
    if ([...this.online].some((name) => !known.has(name))) this.#refresh().catch(() => undefined);
  }

  /** The line above the table says so; who was here stays, so that nothing flickers on a short loss. */
  lost(): void {}

  sessionOver(): void {
    this.#registry.sessionOver();
  }

  async #refresh(): Promise<void> {
    this.users = await this.#registry.users();
  }
}

export function registry(session: LoggedIn, world: World, sessionOver: () => void): Registry {
  let { token } = session;
  return {
    world,
    me: () => calls.me(token),
    users: () => calls.users(token),
    change: (user, standing) =>
      standing ? calls.changeUser(token, user, standing) : calls.deleteUser(token, user),
    prove: async (password) => {
      const fresh = await calls.logIn({ username: session.username, password });
      keepSession(fresh);
      token = fresh.token;
    },
    sessionOver,
  };
}
