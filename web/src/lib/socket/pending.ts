import type { Called, Command, Done, Failed, Ref } from '../../gen/protocol';
import { Refusal, verdictOn } from './refusal';

/** The server answers within milliseconds. After this long it is to be said, and asked, whether anybody is there. */
const LATE_MS = 5_000;
/** A server that goes on for this long without an answer has not understood what it was told. */
const UNANSWERED_MS = 30_000;

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

interface Watcher {
  /** Whether something has been waiting for its answer for too long; told when that changes, and for each. */
  late(isLate: boolean): void;
  /** No answer is to be expected any more. */
  unanswered(): void;
}

/** The commands that are on their way, by `ref`. */
export class Pending {
  readonly #watcher: Watcher;
  readonly #waiting = new Map<Ref, Waiting>();
  readonly #late = new Set<Ref>();
  #unaddressed: Unaddressed[] = [];
  #lastRef = 0;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  /** Numbers the command, hands it to `transmit`, and waits for the answer. */
  call(command: Command, transmit: (called: Called) => void): Promise<Done> {
    this.#lastRef += 1;
    const ref = this.#lastRef;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#isLate(ref), LATE_MS);
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

  #isLate(ref: Ref): void {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    waiting.timer = setTimeout(() => this.#watcher.unanswered(), UNANSWERED_MS - LATE_MS);
    this.#late.add(ref);
    this.#watcher.late(true);
  }

  #take(ref: Ref): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    if (waiting) clearTimeout(waiting.timer);
    this.#waiting.delete(ref);
    if (this.#late.delete(ref) && this.#late.size === 0) this.#watcher.late(false);
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
