import type { UserId } from '../../gen/protocol';
import type { Pocket } from '../session/pockets';
import type { Drawer } from './edits.svelte';

/** Keeps edits in the tab, beside the drafts: by the person's name until their id is known, and by that from then on. */
export class TabDrawer implements Drawer {
  readonly #pocket: Pick<Pocket, 'get' | 'put' | 'drop'>;
  readonly #name: string;
  #id: UserId | null;

  constructor(pocket: Pick<Pocket, 'get' | 'put' | 'drop'>, name: string, id: UserId | null) {
    this.#pocket = pocket;
    this.#name = name;
    this.#id = id;
  }

  look(): string | null {
    return this.#pocket.get(this.#key) ?? this.#pocket.get(this.#byName);
  }

  put(text: string): void {
    this.#pocket.put(this.#key, text);
    if (this.#key !== this.#byName) this.#pocket.drop(this.#byName);
  }

  known(id: UserId): boolean {
    const isOther = this.#id !== id;
    this.#id = id;
    return isOther;
  }

  get #key(): string {
    return this.#id === null ? this.#byName : `edits of ${this.#id}`;
  }

  get #byName(): string {
    return `edits ${this.#name}`;
  }
}
