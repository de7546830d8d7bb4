import type { NewDevice, Session } from '../../gen/protocol';
import { isKnownDevice, knowDevice } from '../session/session';
import type { AccountCalls } from './own';

/** So long it is news that somebody has signed in on another device. */
export const NEWS_MS = 24 * 3_600_000;

/** What one is told of the device that one has signed in on last by a link, until one has seen it. */
export class DeviceNews {
  /** The session there, if there is something to tell. */
  session = $state.raw<Session | null>(null);
  readonly #account: Pick<AccountCalls, 'sessions' | 'endSession'>;
  #asked: number | null = null;

  constructor(account: Pick<AccountCalls, 'sessions' | 'endSession'>) {
    this.#account = account;
  }

  /** This is the newest. It is told unless it is this very device, has ended, is old, or was seen. */
  async hear(device: NewDevice | null, now: number): Promise<void> {
    if (device === null || device.session === this.#asked || isKnownDevice(device.session)) return;
    if (Date.parse(device.time) + NEWS_MS < now) return;
    this.#asked = device.session;
    try {
      const all = await this.#account.sessions();
      if (this.#asked !== device.session) return;
      const found = all.find(({ id }) => id === device.session) ?? null;
      this.session = found?.current ? null : found;
      if (!found || found.current) knowDevice(device.session);
    } catch {
      // It is asked again with the next word of the server.
      if (this.#asked === device.session) this.#asked = null;
    }
  }

  /** It was oneself. */
  dismiss(): void {
    if (this.session) knowDevice(this.session.id);
    this.session = null;
  }

  /** It was not, or is not to be: the session ends, unless it has. */
  async undo(): Promise<void> {
    const { session } = this;
    if (!session) return;
    await this.#account.endSession(session.id).catch(async (error: unknown) => {
      const all = await this.#account.sessions();
      if (all.some(({ id }) => id === session.id)) throw error;
    });
    this.dismiss();
  }
}
