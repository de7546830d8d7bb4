import type { Command, Done, RoomId } from '../../gen/protocol';
import type { Post, Unsent } from '../socket/outbox.svelte';
import type { Edits } from '../messages/edits.svelte';
import type { HeldRoom } from './room.svelte';
import type { Surroundings } from './surroundings';

/** What there is of a line for its outbox. */
interface Sending {
  call(command: Command): Promise<Done>;
  isOpen(): boolean;
  room(id: RoomId): HeldRoom | undefined;
  stored(entry: Unsent): void;
  readonly edits: Edits;
}

/** What the outbox of a line stands on. */
export function postOf({ shelf, nonce, now }: Surroundings, line: Sending): Post {
  return {
    call: (command) => line.call(command),
    nonce,
    now,
    isOpen: (room) => line.room(room)?.isOpen ?? line.isOpen(),
    shown: (room) => line.room(room)?.timeline.seq ?? Infinity,
    keep: (entry) => shelf.keep(entry),
    stored: (entry) => line.stored(entry),
    discard: (each) => {
      line.edits.letGo(each);
      void shelf.discard(each);
    },
  };
}
