import type { Command, Done, Follow } from '../../gen/protocol';
import { Refusal, verdictOn } from '../socket/refusal';

/** For whoever is refused without a word about when to ask again. */
const PAUSE_S = 1;

/** Asks for logs of which something is missing, each by itself, until the server takes it or says that it never will. */
export class Mending {
  readonly #call: (command: Command) => Promise<Done>;
  /** How many connections there have been: each begins with a `hello` that asks for everything. */
  #connections = 0;

  constructor(call: (command: Command) => Promise<Done>) {
    this.#call = call;
  }

  /** There is another connection: what was to be asked for on the one before is. */
  begin(): void {
    this.#connections += 1;
  }

  ask(missing: Follow): void {
    const connection = this.#connections;
    const isOver = () => connection !== this.#connections;
    this.#call({ type: 'follow', ...missing }).catch((error: unknown) => {
      const isPassing =
        error instanceof Refusal && error.code !== 'lost' && verdictOn(error.code) === 'passing';
      if (!isPassing) return;
      const pause = (error.retryAfter ?? PAUSE_S) * 1_000;
      setTimeout(() => isOver() || this.ask(missing), pause);
    });
  }
}
