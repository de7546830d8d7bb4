import type { Called, Command, Done, Failed, Ref } from '../../gen/protocol';
import { Refusal } from './refusal';

interface Waiting {
  resolve(done: Done): void;
  reject(refusal: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

/** The commands that are on their way, by `ref`. */
export class Pending {
  readonly #waiting = new Map<Ref, Waiting>();
  #lastRef = 0;

  /** Numbers the command, hands it to `transmit`, and waits for the answer for `limit` milliseconds. */
  call(command: Command, transmit: (called: Called) => void, limit: number, late: () => void): Promise<Done> {
    this.#lastRef += 1;
    const ref = this.#lastRef;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(late, limit);
      this.#waiting.set(ref, { resolve, reject, timer });
      transmit({ ...command, ref });
    });
  }

  done(done: Done): void {
    this.#take(done.ref)?.resolve(done);
  }

  failed(failed: Failed): void {
    if (failed.ref !== undefined) this.#take(failed.ref)?.reject(Refusal.from(failed));
  }

  lose(): void {
    for (const ref of [...this.#waiting.keys()]) this.#take(ref)?.reject(Refusal.lost());
  }

  #take(ref: Ref): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    if (waiting) clearTimeout(waiting.timer);
    this.#waiting.delete(ref);
    return waiting;
  }
}
