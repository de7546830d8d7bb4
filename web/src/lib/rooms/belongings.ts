import type { RoomId } from '../../gen/protocol';
import type { Edits } from '../messages/edits.svelte';
import type { Outbox } from '../socket/outbox.svelte';
import type { Surroundings } from './surroundings';

interface All extends Pick<Surroundings, 'drafts' | 'places' | 'shelf'> {
  readonly outbox: Outbox;
  readonly edits: Edits;
}

/** All that this browser has of rooms, wherever it lies. What somebody may not see any more goes from every place. */
export class Belongings {
  readonly #all: All;

  constructor(all: All) {
    this.#all = all;
  }

  /** These are the rooms that one has: of all others nothing stays, also of those that no page here has held for long. */
  keepOnly(rooms: Iterable<RoomId>): void {
    const { outbox, edits, drafts, places, shelf } = this.#all;
    const had = new Set(rooms);
    for (const { room } of [...outbox.entries]) if (!had.has(room)) outbox.leave(room);
    for (const { room } of edits.all) if (!had.has(room)) edits.leave(room);
    drafts.keepOnly(had);
    places.keepOnly(had);
    void shelf.keepOnly(had);
  }

  /** Nothing of this room stays. */
  lose(room: RoomId): void {
    const { outbox, edits, drafts, places, shelf } = this.#all;
    outbox.leave(room);
    edits.leave(room);
    drafts.keep(room, '');
    places.leave(room, null);
    void shelf.drop(room);
  }
}
