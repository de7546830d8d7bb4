import { untrack } from 'svelte';
import { ProblemError } from '../session/api';

/** Something that is tried, one at a time: whether it is on its way, and why it was not done. */
export class Attempt {
  busy = $state(false);
  /** In words, for people. */
  problem = $state<string | null>(null);
  /** The field that is at fault, where it is one. */
  field = $state<string | null>(null);

  /** Whether it was done. What comes while something is on its way is not tried. */
  async make(work: () => Promise<unknown>): Promise<boolean> {
    // An effect that tries must not begin anew when that is over.
    if (untrack(() => this.busy)) return false;
    this.busy = true;
    this.forget();
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = (error as Error).message;
      this.field = error instanceof ProblemError ? fieldOf(error) : null;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What was wrong is not said of what is typed since. */
  forget(): void {
    this.problem = null;
    this.field = null;
  }
}

function fieldOf({ code, field }: ProblemError): string | null {
  return code === 'room_name_taken' ? 'name' : (field ?? null);
}
