import type { Inviting } from '../../lib/people/inviting.svelte';
import type { OwnCalls } from '../../lib/people/own';
import type { RoomCalls } from '../../lib/rooms/calls';
import type { Going } from '../../lib/rooms/going.svelte';
import type { Line } from '../../lib/rooms/line.svelte';
import type { ListedRow } from '../../lib/rooms/listing';
import type { Undoing } from '../../lib/rooms/undoing.svelte';

/** What a view has to work with. Which one it is, and whom it is about, says `going.ways.here`. */
export interface Visit {
  readonly line: Line;
  readonly going: Going;
  readonly calls: RoomCalls;
  readonly own: OwnCalls;
  readonly inviting: Inviting;
  readonly undoing: Undoing;
  /** The room on screen, if one has it. */
  readonly row: ListedRow | null;
}
