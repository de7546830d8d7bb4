import type { Admission, KnownPlace } from '../../gen/protocol';
import { calls } from './calls';

/** What a place is called that nobody has named. */
export const NAMELESS = 'ChatterBox';

/** The place, as the server tells anybody. Until it has, a page takes it for one that nobody has changed. */
class ThePlace {
  name = $state(NAMELESS);
  registration = $state<Admission>('open');
  /** Whether nobody has registered yet. */
  unclaimed = $state(false);

  /** Asks what it is. Who cannot be told is not kept waiting by that. */
  async load(): Promise<void> {
    const known = await calls.place().catch(() => null);
    if (known) this.is(known);
  }

  is({ name, registration, unclaimed = false }: KnownPlace): void {
    this.name = name;
    this.registration = registration;
    this.unclaimed = unclaimed;
  }
}

export const thePlace = new ThePlace();
