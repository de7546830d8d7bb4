import { Attempt } from './attempt.svelte';

/** So long there is a way back. */
export const UNDO_MS = 10_000;

/** What was done, told by words round a name. */
export interface Undoable {
  readonly before: string;
  readonly name: string;
  readonly after: string;
  /** Nothing if there is no way back. */
  readonly undo?: (() => Promise<unknown>) | undefined;
}

/** The way back from what was done last: there for a while, and for as long as somebody is at it. */
export class Undoing {
  done = $state.raw<Undoable | null>(null);
  attempt = $state.raw(new Attempt());
  #timer: ReturnType<typeof setTimeout> | undefined;

  tell(done: Undoable): void {
    this.done = done;
    this.attempt = new Attempt();
    this.letGo();
  }

  /** Somebody is at it: it stays. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  /** Nobody is at it any more: it goes after its time, but for what went wrong. */
  letGo(): void {
    this.hold();
    if (!this.attempt.busy && !this.attempt.problem) this.#timer = setTimeout(() => this.dismiss(), UNDO_MS);
  }

  dismiss(): void {
    this.hold();
    this.done = null;
  }

  async undo(): Promise<void> {
    const { done } = this;
    if (!done?.undo) return;
    this.hold();
    const isDone = await this.attempt.make(done.undo);
    if (isDone && this.done === done) this.dismiss();
  }
}
