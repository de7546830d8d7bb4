import type { RoomId, UserId } from '../../gen/protocol';
import { Hand } from '../messages/hand.svelte';
import type { RoomPlace } from '../messages/places';
import type { Spot } from '../messages/scroll.svelte';
import type { Line } from './line.svelte';
import type { ViewName } from './views';
import { Ways } from './ways.svelte';

/** How somebody goes from room to room, and opens what stands beside one: each is left in order, and found again as it was. */
export class Going {
  readonly ways = new Ways();
  /** What one is doing to a message. */
  readonly hand = new Hand();
  readonly #line: Pick<Line, 'show' | 'shown' | 'places'>;
  readonly #leave: () => Spot | null | undefined;
  /** What was pressed to open what stands beside the room. */
  #opener: Element | null = null;

  /** `leave` tells where the reader is in the room on screen; nothing while no message of it is. */
  constructor(line: Pick<Line, 'show' | 'shown' | 'places'>, leave: () => Spot | null | undefined) {
    this.#line = line;
    this.#leave = leave;
    line.show(this.ways.here.room);
  }

  /** What stands beside the room. */
  get view(): ViewName | null {
    return this.ways.here.view ?? null;
  }

  placeIn(room: RoomId): RoomPlace {
    return this.#line.places.of(room);
  }

  /** Whoever found the room in what stood beside another has it in the place of both. */
  open(room: RoomId): void {
    this.#leaveRoom();
    this.#opener = null;
    const place = { room, atList: false };
    if (this.view === null) this.ways.go(place);
    else this.ways.instead(place);
    this.#line.show(room);
  }

  openList(): void {
    this.#leaveRoom();
    this.ways.go({ room: this.#line.shown.id, atList: true });
  }

  /** What is there already is closed by what opened it. */
  show(view: ViewName, person?: UserId): void {
    const { here } = this.ways;
    if (here.view === view && here.person === person) return this.close();
    if (here.view === undefined) this.#opener = document.activeElement;
    const place = { room: here.room, atList: here.atList, view, person };
    if (here.view === view) this.ways.instead(place);
    else this.ways.go(place);
  }

  close(): void {
    const { room, atList } = this.ways.here;
    if (this.view !== null) this.ways.back({ room, atList });
  }

  /** The browser has gone back, or forward. */
  gone(): void {
    const { room, atList } = this.ways.here;
    this.ways.gone();
    const { here } = this.ways;
    if (here.room === room && here.atList === atList) return;
    this.#leaveRoom();
    this.#line.show(here.room);
  }

  /** Whoever loses the room that they look at is elsewhere by then. */
  follow(room: RoomId): void {
    const { here } = this.ways;
    if (room !== here.room) this.ways.instead({ room, atList: here.atList });
  }

  /** What opened the view that is gone, if it is there to have the focus again. */
  takeOpener(): HTMLElement | null {
    const opener = this.#opener;
    if (this.view !== null || !(opener instanceof HTMLElement)) return null;
    this.#opener = null;
    const now = opener.isConnected ? opener : document.getElementById(opener.id);
    return now?.checkVisibility({ visibilityProperty: true }) ? now : null;
  }

  /** The page may end here. */
  keepPlace(): void {
    const spot = this.#leave();
    if (spot !== undefined) this.#line.places.leave(this.#line.shown.id, spot);
  }

  /** What is open in a message is not lost: it is written on when one comes back. */
  #leaveRoom(): void {
    this.keepPlace();
    this.hand.putDown();
    this.hand.current = null;
  }
}
