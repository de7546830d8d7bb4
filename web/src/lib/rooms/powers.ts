import type { Role, RoomId, RoomKind } from '../../gen/protocol';
import { FIRST_ROOM } from '../../gen/protocol';

/** What somebody may want to do in a room, by the names of docs/operating.md. */
export type Deed =
  | 'Read'
  | 'Send'
  | 'EditMessage'
  | 'DeleteMessage'
  | 'Join'
  | 'Leave'
  | 'PutAway'
  | 'Invite'
  | 'Remove'
  | 'SetTopic'
  | 'Rename'
  | 'Close'
  | 'Archive'
  | 'Promote';

/** A room beside what somebody is to it. */
export interface Standing {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly archived: boolean;
  readonly member: boolean;
  readonly moderator: boolean;
}

type Who = (role: Role, place: Standing) => boolean;
type Where = (place: Standing) => boolean;

const PEOPLE: readonly Role[] = ['owner', 'admin', 'member'];
const administers = (role: Role) => role === 'owner' || role === 'admin';

const nobody: Who = () => false;
const seeing: Who = () => true;
const members: Who = (_, { member }) => member;
const people: Who = (role, { member }) => member && PEOPLE.includes(role);
const outsiders: Who = (_, { member }) => !member;
const moderators: Who = (role, { kind, member, moderator }) =>
  kind !== 'direct' && (administers(role) || (member && moderator && role !== 'guest'));

const any: Where = () => true;
const shared: Where = ({ kind }) => kind !== 'direct';
const sharedButFirst: Where = ({ kind, id }) => kind !== 'direct' && id !== FIRST_ROOM;
const direct: Where = ({ kind }) => kind === 'direct';

/** Where, by whom to their own and to what is others', and whether also while the room is archived: the server's table. */
const TABLE: Readonly<Record<Deed, readonly [Where, own: Who, foreign: Who, whileArchived: boolean]>> = {
  Read: [any, seeing, seeing, true],
  Send: [any, members, members, false],
  EditMessage: [any, members, nobody, false],
  DeleteMessage: [any, members, moderators, false],
  Join: [sharedButFirst, outsiders, nobody, false],
  Leave: [sharedButFirst, members, nobody, true],
  PutAway: [direct, members, nobody, true],
  Invite: [shared, nobody, people, false],
  Remove: [shared, nobody, moderators, true],
  SetTopic: [shared, people, people, false],
  Rename: [shared, moderators, moderators, false],
  Close: [sharedButFirst, moderators, moderators, false],
  Archive: [sharedButFirst, moderators, moderators, true],
  Promote: [sharedButFirst, moderators, moderators, true],
};

/** What the server would let somebody do in a room, to what is theirs or others'. It has the last word. */
export function may(role: Role, deed: Deed, whose: 'own' | 'foreign', place: Standing): boolean {
  const isSeen = place.member || (place.kind === 'open' && role !== 'guest');
  const [where, own, foreign, whileArchived] = TABLE[deed];
  const who = whose === 'own' ? own : foreign;
  return isSeen && where(place) && who(role, place) && (whileArchived || !place.archived);
}

/** Whether somebody may look for rooms that they do not have, make some, and talk with others alone. */
export const mayRoam = (role: Role) => PEOPLE.includes(role);
