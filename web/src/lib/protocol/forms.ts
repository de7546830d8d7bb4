import type {
  DirectoryPage,
  Entry,
  Inviter,
  JoinedRooms,
  KnownPlace,
  ListedInvitation,
  ListedMember,
  ListedRoom,
  LoggedIn,
  LookedDeviceLink,
  LookedInvitation,
  MadeDeviceLink,
  MadeInvitation,
  Me,
  Member,
  MemberPage,
  Message,
  MessagePage,
  Myself,
  Of,
  OpenedRoom,
  Problem,
  Registered,
  Room,
  RoomState,
  Session,
  Whole,
  User,
} from '../../gen/protocol';
import { filled, flag, isObject, listOf, maybe, record, text, time, whole, word } from './form';

export const problem = record<Problem>({
  status: whole,
  code: word,
  detail: text,
  field: maybe(text),
  retry_after: maybe(whole),
});

export const registered = record<Registered>({
  id: whole,
  username: filled,
  email: text,
  rooms: maybe(listOf(whole)),
});
export const knownPlace = record<KnownPlace>({ name: filled, registration: word, unclaimed: maybe(flag) });
export const lookedInvitation = record<LookedInvitation>({
  place: filled,
  registration: word,
  by: record<Inviter>({ username: filled, name: maybe(text) }),
  rooms: listOf(text),
});
export const joinedRooms = record<JoinedRooms>({ rooms: listOf(whole) });
export const madeInvitation = record<MadeInvitation>({ id: whole, code: filled });
export const listedInvitation = record<ListedInvitation>({
  id: whole,
  by: whole,
  rooms: listOf(whole),
  created: time,
  expires: time,
  uses: maybe(whole),
  used: whole,
});
export const loggedIn = record<LoggedIn>({ username: filled, token: filled });
export const me = record<Me>({ id: whole, username: filled, role: word });
export const myself = record<Myself>({ id: whole, username: filled, role: word, email: text });
export const session = record<Session>({
  id: whole,
  created: time,
  used: time,
  expires: time,
  current: flag,
  from: maybe(text),
  agent: maybe(text),
});
export const madeDeviceLink = record<MadeDeviceLink>({ code: filled, expires: time });
export const lookedDeviceLink = record<LookedDeviceLink>({
  place: filled,
  username: filled,
  name: maybe(text),
});
export const user = record<User>({ id: whole, username: filled, email: text, role: word, active: flag });

export const message = record<Message>({
  id: whole,
  user: text,
  by: maybe(whole),
  text,
  time,
  seen: flag,
  room: whole,
  seq: whole,
  edited: maybe(time),
  nonce: maybe(text),
  changed: maybe(whole),
  since: maybe(whole),
});
/** Of any kind: what it has to hold is for whoever knows the kind. */
export const entry = record<Entry>({
  room: maybe(whole),
  house: maybe(flag),
  seq: whole,
  since: maybe(whole),
  kind: word,
  id: whole,
  of: maybe(record<Of>({ kind: word, id: whole })),
  state: (value): value is Whole | undefined => value === undefined || isObject(value),
  gone: maybe(flag),
});

export const messagePage = record<MessagePage>({
  messages: listOf(message),
  states: maybe(listOf(entry)),
  more: flag,
});

/** A room as one has it who belongs to it. */
export const room = record<Room>({
  id: whole,
  name: text,
  seq: whole,
  read_up_to: whole,
  seen_up_to: whole,
  kind: maybe(word),
  topic: maybe(text),
  icon: maybe(text),
  archived: maybe(flag),
  people: maybe(listOf(whole)),
  moderator: maybe(flag),
});

/** What a room is. */
export const roomState = record<RoomState>({
  kind: maybe(word),
  name: text,
  topic: maybe(text),
  icon: maybe(text),
  archived: maybe(flag),
  closed_at: maybe(whole),
  people: maybe(listOf(whole)),
});
/** What somebody is to a room. */
export const member = record<Member>({ change: word, by: maybe(whole), time, moderator: maybe(flag) });

export const openedRoom = record<OpenedRoom>({ id: whole });
export const directoryPage = record<DirectoryPage>({
  rooms: listOf(
    record<ListedRoom>({ id: whole, state: roomState, member: flag, members: whole, active: time }),
  ),
  more: flag,
});
export const memberPage = record<MemberPage>({
  members: listOf(record<ListedMember>({ id: whole, state: member })),
  more: flag,
});
