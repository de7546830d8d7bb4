/**
 * What a browser keeps for these pages beside their database. It may keep nothing, or have no room left, and says so by
 * errors at any call: here they are no more than an answer.
 */
export class Pocket {
  readonly #open: () => Storage;

  constructor(open: () => Storage) {
    this.#open = open;
  }

  get(name: string): string | null {
    return softly(() => this.#open().getItem(name), null);
  }

  /** Whether it is kept. */
  put(name: string, text: string): boolean {
    return softly(() => {
      this.#open().setItem(name, text);
      return true;
    }, false);
  }

  drop(name: string): void {
    softly(() => this.#open().removeItem(name), undefined);
  }

  names(): readonly string[] {
    return softly(() => {
      const storage = this.#open();
      return Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
    }, []);
  }
}

/** For all pages of this browser, until they drop it. */
export const ofBrowser = new Pocket(() => localStorage);

/** For the pages of this tab, until it is closed. */
export const ofTab = new Pocket(() => sessionStorage);

function softly<Answer>(work: () => Answer, otherwise: Answer): Answer {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
