import { FIRST_ROOM, type RoomId, type UserId } from '../../gen/protocol';
import { isView, type ViewName } from './views';

/** Where somebody is in the chat. */
export interface Way {
  readonly room: RoomId;
  /** Before the list of rooms, where there is no room for both. */
  readonly atList: boolean;
  /** What stands beside the room. */
  readonly view?: ViewName | undefined;
  /** Whom it is about. */
  readonly person?: UserId | undefined;
}

/** No room has this number: what an address names that cannot be one. */
const NOWHERE = Number.MAX_SAFE_INTEGER;

/** The place that an address names; without a word of it, the first room. */
export function placeIn(search: string): Way {
  const query = new URLSearchParams(search);
  const room = query.has('room') ? (idIn(query.get('room')) ?? NOWHERE) : FIRST_ROOM;
  const [view, person] = [query.get('view'), idIn(query.get('person')) ?? undefined];
  const isShown = isView(view) && (view !== 'person' || person !== undefined);
  return { room, atList: query.has('rooms'), ...(isShown && { view, person }) };
}

function idIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,15}$/.test(text) ? Math.min(Number(text), NOWHERE) : null;
}

/** The address of a place, as a link on the chat's page. */
export function addressOf({ room, atList, view, person }: Way): string {
  const query = new URLSearchParams();
  if (atList) query.set('rooms', '');
  if (room !== FIRST_ROOM) query.set('room', `${room}`);
  if (view !== undefined) query.set('view', view);
  if (person !== undefined) query.set('person', `${person}`);
  const search = `${query}`.replace('rooms=', 'rooms');
  return search ? `?${search}` : '?';
}

/** Where this page is and was: each place has an address, and is gone back to by the browser's own buttons. */
export class Ways {
  here = $state.raw(placeIn(location.search));
  /** On the way to the place before, which a browser takes its time for. */
  #returns = false;

  go(place: Way): void {
    if (this.#isHere(place)) return;
    // Whoever comes here again, also by loading the page anew, has a place of it behind them.
    history.pushState({ cameFrom: addressOf(this.here) }, '', this.#from(place));
    this.#arrive(place);
  }

  /** This is no place any more; that one is in its place. */
  instead(place: Way): void {
    if (this.#isHere(place)) return;
    history.replaceState(history.state, '', this.#from(place));
    this.#arrive(place);
  }

  /** Back to the place before, if it is one of this page; else to that one. */
  back(otherwise: Way): void {
    if (this.#returns) return;
    if (!history.state?.cameFrom) return this.instead(otherwise);
    this.#returns = true;
    history.back();
  }

  /** The browser has gone back, or forward. */
  gone(): void {
    this.#arrive(placeIn(location.search));
  }

  #arrive(place: Way): void {
    this.#returns = false;
    this.here = place;
  }

  #isHere(place: Way): boolean {
    return addressOf(place) === addressOf(this.here);
  }

  #from(place: Way): string {
    const search = addressOf(place);
    return `${location.pathname}${search === '?' ? '' : search}`;
  }
}
