import type {
  DirectoryPage,
  LoggedIn,
  MemberPage,
  NewRoom,
  RoomChanges,
  RoomId,
  UserId,
} from '../../gen/protocol';
import { calls } from '../session/calls';
import { teller } from '../session/told';

/** What one does about rooms beside talking in them. What is refused rejects with the reason, in words. */
export interface RoomCalls {
  /** Those whose names hold this, behind a room or from the first. */
  find(search: string, after?: RoomId): Promise<DirectoryPage>;
  make(room: NewRoom): Promise<RoomId>;
  change(room: RoomId, changes: RoomChanges): Promise<void>;
  /** Who belongs to it, behind somebody or from the first. */
  members(room: RoomId, after?: UserId): Promise<MemberPage>;
  letIn(room: RoomId, people: readonly UserId[]): Promise<void>;
  join(room: RoomId): Promise<void>;
  leave(room: RoomId): Promise<void>;
  moderate(room: RoomId, member: UserId, moderator: boolean): Promise<void>;
  remove(room: RoomId, member: UserId): Promise<void>;
  /** The one room of these people and oneself. */
  direct(people: readonly UserId[]): Promise<RoomId>;
  putAway(room: RoomId): Promise<void>;
}

const ROOMS_AT_ONCE = 50;
/** As many as the server gives. */
const MEMBERS_AT_ONCE = 200;

export function roomCalls({ token }: Pick<LoggedIn, 'token'>, sessionOver: () => void): RoomCalls {
  const told = teller(sessionOver);
  return {
    find: (search, after = 0) => told(calls.rooms(token, search, after, ROOMS_AT_ONCE)),
    make: async (room) => (await told(calls.makeRoom(token, room))).id,
    change: (room, changes) => told(calls.changeRoom(token, room, changes)),
    members: (room, after = 0) => told(calls.members(token, room, after, MEMBERS_AT_ONCE)),
    letIn: (room, people) => told(calls.letIn(token, room, { people: [...people] })),
    join: (room) => told(calls.join(token, room)),
    leave: (room) => told(calls.leave(token, room)),
    moderate: (room, member, moderator) => told(calls.changeMember(token, room, member, { moderator })),
    remove: (room, member) => told(calls.removeMember(token, room, member)),
    direct: async (people) => (await told(calls.openDirect(token, { people: [...people] }))).id,
    putAway: (room) => told(calls.putAway(token, room)),
  };
}
