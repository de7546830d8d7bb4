import { FIRST_ROOM, type RoomId } from '../../gen/protocol';

/** Where somebody is in the chat. */
export interface Way {
  readonly room: RoomId;
  /** Before the list of rooms, where there is no room for both. */
  readonly atList: boolean;
}

/** No room has this number: what an address names that cannot be one. */
const NOWHERE = Number.MAX_SAFE_INTEGER;

/** The place that an address names; without a word of it, the first room. */
export function placeIn(search: string): Way {
  const query = new URLSearchParams(search);
  const named = query.get('room');
  const id = named !== null && /^[1-9]\d{0,15}$/.test(named) ? Number(named) : NOWHERE;
  return { room: named === null ? FIRST_ROOM : Math.min(id, NOWHERE), atList: query.has('rooms') };
}

/** The address of a place, as a link on the chat's page. */
export function addressOf({ room, atList }: Way): string {
  const query = new URLSearchParams();
  if (atList) query.set('rooms', '');
  if (room !== FIRST_ROOM) query.set('room', `${room}`);
  const search = `${query}`.replace('rooms=', 'rooms');
  return search ? `?${search}` : '?';
}

/** Where this page is and was: each place has an address, and is gone back to by the browser's own buttons. */
export class Ways {
  here = $state.raw(placeIn(location.search));

  go(place: Way): void {
    if (this.#isHere(place)) return;
    history.pushState(null, '', this.#from(place));
    this.here = place;
  }

  /** This is no place any more; that one is in its place. */
  instead(place: Way): void {
    if (this.#isHere(place)) return;
    history.replaceState(null, '', this.#from(place));
    this.here = place;
  }

  /** The browser has gone back, or forward. */
  gone(): void {
    this.here = placeIn(location.search);
  }

  #isHere({ room, atList }: Way): boolean {
    return room === this.here.room && atList === this.here.atList;
  }

  #from(place: Way): string {
    const search = addressOf(place);
    return `${location.pathname}${search === '?' ? '' : search}`;
  }
}
