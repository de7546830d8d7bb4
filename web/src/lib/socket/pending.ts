import type { Called, Command, Done, Failed, Ref } from '../../gen/protocol';
import { Refusal, verdictOn } from './refusal';

interface Waiting {
  resolve(done: Done): void;
  reject(refusal: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

/** A refusal that does not say of what. */
interface Unaddressed {
  readonly refusal: Refusal;
  /** What was on its way when it came, and is not answered otherwise. */
  readonly suspects: Set<Ref>;
}

/** The commands that are on their way, by `ref`. */
export class Pending {
  readonly #waiting = new Map<Ref, Waiting>();
  #unaddressed: Unaddressed[] = [];
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
    const refusal = Refusal.from(failed);
    if (failed.ref !== undefined) return this.#take(failed.ref)?.reject(refusal);
    if (verdictOn(failed.code) !== 'final') return;
    this.#unaddressed.push({ refusal, suspects: new Set(this.#waiting.keys()) });
    this.#blame();
  }

  lose(): void {
    this.#unaddressed = [];
    for (const ref of [...this.#waiting.keys()]) this.#take(ref)?.reject(Refusal.lost());
  }

  #take(ref: Ref): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    if (waiting) clearTimeout(waiting.timer);
    this.#waiting.delete(ref);
    for (const { suspects } of this.#unaddressed) suspects.delete(ref);
    this.#blame();
    return waiting;
  }

  /** What is not answered in any other way is what a refusal without a `ref` was for. */
  #blame(): void {
    const found = this.#unaddressed.find(({ suspects }) => suspects.size <= 1);
    if (!found) return;
    this.#unaddressed = this.#unaddressed.filter((each) => each !== found);
    for (const ref of found.suspects) this.#take(ref)?.reject(found.refusal);
    this.#blame();
  }
}
