import { type Order, ORDERED_MAX, type RoomId } from '../../gen/protocol';

/** The parts of the list of rooms, in the order in which they stand. */
export const SECTIONS = ['pinned', 'direct', 'rooms'] as const;
export type Section = (typeof SECTIONS)[number];

/** What has a place in the list. */
export interface Placed {
  readonly id: RoomId;
  readonly section: Section;
}

/** Nobody has put anything in order. */
export const NO_ORDER: Order = { pinned: [] };

/** Direct rooms stand as something was last said there; what is pinned, and all other rooms, as one puts them. */
export const isMovable = (section: Section): section is 'pinned' | 'rooms' => section !== 'direct';

export function isFolded(order: Order, section: Section): boolean {
  return order.folded?.includes(section) ?? false;
}

/** A section is folded, or no longer. */
export function folding(order: Order, section: Section): Order {
  const others = (order.folded ?? []).filter((each) => each !== section);
  return within({ ...order, folded: isFolded(order, section) ? others : [...others, section] });
}

/** A room stands behind all that are pinned, or where it would stand if nobody had pinned it. */
export function pinning(order: Order, id: RoomId): Order {
  const others = order.pinned.filter((each) => each !== id);
  return within({ ...order, pinned: others.length < order.pinned.length ? others : [...others, id] });
}

/** A room stands before another one of a section, or at its end. `rows` is the list as it is drawn. */
export function placing(
  order: Order,
  rows: readonly Placed[],
  id: RoomId,
  section: 'pinned' | 'rooms',
  before: RoomId | null,
): Order {
  const drawn = rows.filter((row) => row.section === section && row.id !== id).map((row) => row.id);
  const at = before === null ? -1 : drawn.indexOf(before);
  const list = drawn.toSpliced(at < 0 ? drawn.length : at, 0, id);
  // What is not drawn at the moment, like a direct room that was put away, keeps its place among its kind.
  const rest = (ids: readonly RoomId[] = []) => ids.filter((each) => each !== id && !list.includes(each));
  const [pinned, rooms] = [rest(order.pinned), rest(order.rooms)];
  return within(
    section === 'pinned'
      ? { ...order, pinned: [...list, ...pinned], rooms }
      : { ...order, pinned, rooms: [...list, ...rooms] },
  );
}

/** A room changes places with the one above or below it in its section; `null` if there is none, or no order of one's own. */
export function moving(order: Order, rows: readonly Placed[], id: RoomId, step: -1 | 1): Order | null {
  const section = rows.find((row) => row.id === id)?.section;
  if (!section || !isMovable(section)) return null;
  const drawn = rows.filter((row) => row.section === section).map((row) => row.id);
  const to = drawn.indexOf(id) + step;
  if (to < 0 || to >= drawn.length) return null;
  return placing(order, rows, id, section, drawn[step < 0 ? to : to + 1] ?? null);
}

/** As much of it as the server takes, and nothing that says nothing. */
function within({ pinned, rooms = [], folded = [] }: Order): Order {
  const kept = pinned.slice(0, ORDERED_MAX);
  const byHand = rooms.slice(0, ORDERED_MAX - kept.length);
  return {
    pinned: kept,
    ...(byHand.length > 0 && { rooms: byHand }),
    ...(folded.length > 0 && { folded }),
  };
}
