import type { Event, Hello, LoggedIn, Me, User } from '../../gen/protocol';
import { ProblemError } from '../session/api';
import { calls } from '../session/calls';
import { Connection, type Listener, type World } from '../socket/connection.svelte';
import { present } from './presence';

export interface Registry {
  world: World;
  me(): Promise<Me>;
  users(): Promise<User[]>;
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
      this.state = me.role === 'owner' || me.role === 'admin' ? 'ready' : 'forbidden';
    } catch (error) {
      if (error instanceof ProblemError && error.endsSession) return this.sessionOver();
      this.problem = error instanceof Error ? error.message : '';
      this.state = 'failed';
    }
    if (this.state === 'ready') this.connection.connect();
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

export function registry({ token }: LoggedIn, world: World, sessionOver: () => void): Registry {
  return {
    world,
    me: () => calls.me(token),
    users: () => calls.users(token),
    sessionOver,
  };
}
