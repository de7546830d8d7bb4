import { FIRST_ROOM, type RoomId, type UserId } from '../../gen/protocol';
import type { Pocket } from '../session/pockets';

/**
 * What somebody has begun to write in each room, kept by the tab. It hangs on the person's id, which outlasts their name; the
 * tab remembers it, because a page has the name alone until the server has answered.
 */
export class Drafts {
  readonly #pocket: Pick<Pocket, 'get' | 'put' | 'drop'>;
  readonly #name: string;
  #id: string | null;

  constructor(pocket: Pick<Pocket, 'get' | 'put' | 'drop'>, name: string) {
    this.#pocket = pocket;
    this.#name = name;
    this.#id = pocket.get(this.#idKey);
  }

  of(room: RoomId): string {
    return this.#pocket.get(this.#key(room)) ?? '';
  }

  keep(room: RoomId, text: string): void {
    if (text === '') this.#pocket.drop(this.#key(room));
    else this.#pocket.put(this.#key(room), text);
  }

  /** Who they are. What was written before anybody knew was written in the first room, and by the name. */
  known(id: UserId): void {
    if (this.#id === `${id}`) return;
    const text = this.#pocket.get(this.#byName);
    this.#id = `${id}`;
    this.#pocket.put(this.#idKey, this.#id);
    this.#pocket.drop(this.#byName);
    if (text) this.keep(FIRST_ROOM, text);
  }

  get #idKey(): string {
    return `id of ${this.#name}`;
  }

  get #byName(): string {
    return `draft ${this.#name}`;
  }

  #key(room: RoomId): string {
    if (this.#id !== null) return `draft ${this.#id} ${room}`;
    return room === FIRST_ROOM ? this.#byName : `${this.#byName}, ${room}`;
  }
}
