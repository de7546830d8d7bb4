import type { RoomId } from '../../gen/protocol';
import type { Pocket } from '../session/pockets';
import { ScrollPosition, type Spot } from './scroll.svelte';

/** Where the reader is in a room. */
export interface RoomPlace {
  readonly scroll: ScrollPosition;
  /** Where they were when they left it; none, if they followed the newest message. */
  spot: Spot | null;
}

const PREFIX = 'place ';

/** Where the reader is, or was, in each room. The tab remembers it, so that it outlasts a reload. */
export class Places {
  readonly #pocket: Pick<Pocket, 'get' | 'put' | 'drop' | 'names'>;
  readonly #all = new Map<RoomId, RoomPlace>();

  constructor(pocket: Pick<Pocket, 'get' | 'put' | 'drop' | 'names'>) {
    this.#pocket = pocket;
  }

  of(room: RoomId): RoomPlace {
    const known = this.#all.get(room);
    if (known) return known;
    const spot = read(this.#pocket.get(PREFIX + room));
    const place = { scroll: new ScrollPosition(spot === null), spot };
    this.#all.set(room, place);
    return place;
  }

  /** They leave it here. */
  leave(room: RoomId, spot: Spot | null): void {
    this.of(room).spot = spot;
    if (spot) this.#pocket.put(PREFIX + room, JSON.stringify(spot));
    else this.#pocket.drop(PREFIX + room);
  }

  /** Nothing of the others stays. */
  keepOnly(rooms: ReadonlySet<RoomId>): void {
    for (const room of this.#all.keys()) if (!rooms.has(room)) this.#all.delete(room);
    for (const name of this.#pocket.names())
      if (name.startsWith(PREFIX) && !rooms.has(Number(name.slice(PREFIX.length)))) this.#pocket.drop(name);
  }
}

function read(text: string | null): Spot | null {
  try {
    const { row, below } = JSON.parse(text ?? '{}') as Partial<Spot>;
    return typeof row === 'string' && typeof below === 'number' ? { row, below } : null;
  } catch {
    return null;
  }
}
