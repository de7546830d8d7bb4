import { untrack } from 'svelte';
import type { UserPatch, User, UserId } from '../../gen/protocol';
import type { ProblemError } from '../session/api';
import type { Offer } from './standing';

export interface Doing {
  change(user: UserId, standing: UserPatch | null): Promise<unknown>;
  /** Proves anew who one is. */
  prove(password: string): Promise<unknown>;
  done(asking: Asking): void;
  sessionOver(): void;
}

/** One change of an account, from the question whether it is meant to what has come of it. */
export class Asking {
  readonly user: User;
  readonly offer: Offer;
  /** Whoever signed in a while ago is asked for the password, too. */
  step = $state<'question' | 'proof'>('question');
  busy = $state(false);
  /** Why it was not done, for people. */
  problem = $state<string | null>(null);
  readonly #doing: Doing;

  constructor(user: User, offer: Offer, doing: Doing) {
    this.user = user;
    this.offer = offer;
    this.#doing = doing;
  }

  /** Does it. */
  goOn(): Promise<void> {
    return this.#try(() => this.#doing.change(this.user.id, this.offer.standing));
  }

  /** Does it after a proof. */
  prove(password: string): Promise<void> {
    return this.#try(async () => {
      await this.#doing.prove(password);
      await this.#doing.change(this.user.id, this.offer.standing);
    });
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    if (untrack(() => this.busy)) return;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      this.#doing.done(this);
    } catch (error) {
      this.#refused(error as ProblemError);
    }
    this.busy = false;
  }

  #refused(error: ProblemError): void {
    if (error.endsSession) return this.#doing.sessionOver();
    if (error.code === 'login_too_old' && this.step === 'question') this.step = 'proof';
    else this.problem = error.code === 'wrong_credentials' ? 'That is not your password.' : error.message;
  }
}
