import { FIRST_ROOM, type RoomId, type UserId } from '../../gen/protocol';
import type { Pocket } from '../session/pockets';

/** What somebody has begun to write in each room, kept by the tab. It hangs on the person's id, which outlasts their name. */
export class Drafts {
  readonly #pocket: Pick<Pocket, 'get' | 'put' | 'drop' | 'names'>;
  readonly #name: string;
  #id: UserId | null;
  /** Nothing hangs on the name any more. */
  #isMoved = false;

  /** By their name alone for as long as their id is not known: pages of before have left that in the tab. */
  constructor(pocket: Pick<Pocket, 'get' | 'put' | 'drop' | 'names'>, name: string, id: UserId | null) {
    this.#pocket = pocket;
    this.#name = name;
    this.#id = Number(pocket.get(this.#idKey)) || null;
    if (id !== null) this.known(id);
  }

  of(room: RoomId): string {
    return this.#pocket.get(this.#key(room)) ?? '';
  }

  keep(room: RoomId, text: string): void {
    if (text === '') this.#pocket.drop(this.#key(room));
    else this.#pocket.put(this.#key(room), text);
  }

  /** Nothing of other rooms stays. */
  keepOnly(rooms: ReadonlySet<RoomId>): void {
    const prefix = `draft ${this.#id} `;
    for (const name of this.#pocket.names())
      if (name.startsWith(prefix) && !rooms.has(Number(name.slice(prefix.length)))) this.#pocket.drop(name);
  }

  /** Who they are: what hung on their name hangs on this from now on. */
  known(id: UserId): void {
    if (this.#id === id && this.#isMoved) return;
    this.#isMoved = true;
    this.#id = id;
    this.#pocket.drop(this.#idKey);
    for (const name of this.#pocket.names()) {
      const room = this.#roomOf(name);
      const text = room === null ? null : this.#pocket.get(name);
      if (room === null || !text) continue;
      this.#pocket.drop(name);
      this.keep(room, text);
    }
  }

  /** What was kept under a name said where it was written only outside of the first room. */
  #roomOf(name: string): RoomId | null {
    if (name === this.#byName(FIRST_ROOM)) return FIRST_ROOM;
    const prefix = `${this.#byName(FIRST_ROOM)}, `;
    return name.startsWith(prefix) ? Number(name.slice(prefix.length)) || null : null;
  }

  get #idKey(): string {
    return `id of ${this.#name}`;
  }

  #byName(room: RoomId): string {
    return room === FIRST_ROOM ? `draft ${this.#name}` : `draft ${this.#name}, ${room}`;
  }

  #key(room: RoomId): string {
    return this.#id === null ? this.#byName(room) : `draft ${this.#id} ${room}`;
  }
}
