import type { Room, RoomId, RoomState } from '../../gen/protocol';

/** A room as one has it, once it is this: what is not said of it any more is not so. */
export function becoming(id: RoomId, before: Room | null, state: RoomState): Room {
  const { seq = 0, read_up_to = 0, seen_up_to = 0, moderator = false } = before ?? {};
  const { kind = 'open', name, topic = '', icon = '', archived = false, people = [] } = state;
  return { id, seq, read_up_to, seen_up_to, moderator, kind, name, topic, icon, archived, people };
}
