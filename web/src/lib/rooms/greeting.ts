import type { Followed, Hello, Seq } from '../../gen/protocol';
import type { HeldRoom } from './room.svelte';
import type { StateLog } from './statelog.svelte';

/** Whoever missed more than this of a room is better off at its newest page than reading up through twenty of them. */
export const RESET_AFTER = 1_000;

/** How far something counts, and in what. */
interface Counted {
  readonly epoch: string | undefined;
  readonly seq: Seq;
}

/** Where to go on from, in these rooms and in the logs that are no room's; plainly, for a server that knows no `follow`. */
export function greeting(
  rooms: readonly HeldRoom[],
  [own, house]: readonly [StateLog, StateLog],
  isPlain: boolean,
): Hello {
  const logs: readonly Counted[] = [...rooms.map(({ timeline }) => timeline), own, house];
  const epoch = logs.find((log) => log.epoch !== undefined)?.epoch;
  // What is held of an older epoch begins anew.
  const known = (log: Counted): Seq | undefined =>
    epoch !== undefined && log.epoch === epoch ? log.seq : undefined;
  const follow = rooms.map(({ id, timeline }) => {
    return { room: id, seq: timeline.loaded ? known(timeline) : undefined };
  });
  if (isPlain) return { rooms: numbers(follow), epoch, reset_after: RESET_AFTER };
  return { rooms: {}, follow, own: known(own), house: known(house), epoch, reset_after: RESET_AFTER };
}

/** The rooms of which something is known, with how far. */
function numbers(rooms: readonly Followed[]): Hello['rooms'] {
  return Object.fromEntries(rooms.flatMap(({ room, seq }) => (seq === undefined ? [] : [[room, seq]])));
}
