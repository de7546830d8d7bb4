import type {
  Availability,
  Departure,
  Login,
  MemberPatch,
  NamedPeople,
  NewDeviceLink,
  NewPassword,
  InvitationId,
  NewInvitation,
  NewRoom,
  PlaceChanges,
  Order,
  OwnChanges,
  Registration,
  RoomChanges,
  RoomId,
  Seq,
  SessionId,
  UserPatch,
  UserId,
} from '../../gen/protocol';
import { listOf, nothing } from '../protocol/form';
import {
  directoryPage,
  joinedRooms,
  knownPlace,
  listedInvitation,
  lookedDeviceLink,
  lookedInvitation,
  madeDeviceLink,
  madeInvitation,
  loggedIn,
  me,
  memberPage,
  messagePage,
  myself,
  openedRoom,
  registered,
  session,
  user,
} from '../protocol/forms';
import { ask } from './api';

/** Every call of the pages, each with the form that its answer must have. */
export const calls = {
  register: (body: Registration) => ask('/register', registered, { method: 'POST', body }),
  logIn: (body: Login) => ask('/login', loggedIn, { method: 'POST', body }),
  lookAtDevice: (code: string) =>
    ask('/login/device/look', lookedDeviceLink, { method: 'POST', body: { code } }),
  signInHere: (code: string) => ask('/login/device', loggedIn, { method: 'POST', body: { code } }),
  logOut: (farewell: string) => ask('/logout', nothing, { method: 'POST', farewell }),
  place: () => ask('/api/place', knownPlace),
  changePlace: (token: string, body: PlaceChanges) =>
    ask('/api/place', nothing, { method: 'PATCH', body, token }),
  lookAt: (code: string) => ask('/api/join/look', lookedInvitation, { method: 'POST', body: { code } }),
  comeBy: (token: string, code: string) =>
    ask('/api/join', joinedRooms, { method: 'POST', body: { code }, token }),
  invitations: (token: string) => ask('/api/invitations', listOf(listedInvitation), { token }),
  makeInvitation: (token: string, body: NewInvitation) =>
    ask('/api/invitations', madeInvitation, { method: 'POST', body, token }),
  revokeInvitation: (token: string, id: InvitationId) =>
    ask(`/api/invitations/${id}`, nothing, { method: 'DELETE', token }),
  me: (token: string) => ask('/api/me', me, { token }),
  changeMe: (token: string, body: OwnChanges) => ask('/api/me', nothing, { method: 'PATCH', body, token }),
  changeAvailability: (token: string, body: Availability) =>
    ask('/api/me/availability', nothing, { method: 'PUT', body, token }),
  myself: (token: string) => ask('/api/me', myself, { token }),
  changePassword: (token: string, body: NewPassword) =>
    ask('/api/me/password', nothing, { method: 'POST', body, token }),
  deleteMe: (token: string, body: Departure) => ask('/api/me', nothing, { method: 'DELETE', body, token }),
  sessions: (token: string) => ask('/api/sessions', listOf(session), { token }),
  endOtherSessions: (token: string) => ask('/api/sessions', nothing, { method: 'DELETE', token }),
  makeDeviceLink: (token: string, body: NewDeviceLink) =>
    ask('/api/me/device-link', madeDeviceLink, { method: 'POST', body, token }),
  endSession: (token: string, id: SessionId) =>
    ask(`/api/sessions/${id}`, nothing, { method: 'DELETE', token }),
  showPicture: (token: string, file: Blob) => ask('/api/me/picture', nothing, { method: 'PUT', file, token }),
  hidePicture: (token: string) => ask('/api/me/picture', nothing, { method: 'DELETE', token }),
  removePicture: (token: string, id: UserId) =>
    ask(`/api/users/${id}/picture`, nothing, { method: 'DELETE', token }),
  mute: (token: string, id: UserId) => ask(`/api/me/muted/${id}`, nothing, { method: 'PUT', token }),
  unmute: (token: string, id: UserId) => ask(`/api/me/muted/${id}`, nothing, { method: 'DELETE', token }),
  users: (token: string) => ask('/users', listOf(user), { token }),
  changeUser: (token: string, id: UserId, body: UserPatch) =>
    ask(`/api/users/${id}`, nothing, { method: 'PATCH', body, token }),
  deleteUser: (token: string, id: UserId) => ask(`/api/users/${id}`, nothing, { method: 'DELETE', token }),
  messages: (token: string, room: RoomId, place: { before?: Seq; after?: Seq }, limit: number) =>
    ask(`/api/rooms/${room}/messages?${query({ ...place, limit })}`, messagePage, { token }),
  setOrder: (token: string, body: Order) => ask('/api/me/order', nothing, { method: 'PUT', body, token }),
  rooms: (token: string, search: string, after: RoomId, limit: number) =>
    ask(`/api/rooms?${query({ search, after, limit })}`, directoryPage, { token }),
  makeRoom: (token: string, body: NewRoom) => ask('/api/rooms', openedRoom, { method: 'POST', body, token }),
  changeRoom: (token: string, room: RoomId, body: RoomChanges) =>
    ask(`/api/rooms/${room}`, nothing, { method: 'PATCH', body, token }),
  members: (token: string, room: RoomId, after: UserId, limit: number) =>
    ask(`/api/rooms/${room}/members?${query({ after, limit })}`, memberPage, { token }),
  letIn: (token: string, room: RoomId, body: NamedPeople) =>
    ask(`/api/rooms/${room}/members`, nothing, { method: 'POST', body, token }),
  join: (token: string, room: RoomId) =>
    ask(`/api/rooms/${room}/members/me`, nothing, { method: 'PUT', token }),
  leave: (token: string, room: RoomId) =>
    ask(`/api/rooms/${room}/members/me`, nothing, { method: 'DELETE', token }),
  changeMember: (token: string, room: RoomId, member: UserId, body: MemberPatch) =>
    ask(`/api/rooms/${room}/members/${member}`, nothing, { method: 'PATCH', body, token }),
  removeMember: (token: string, room: RoomId, member: UserId) =>
    ask(`/api/rooms/${room}/members/${member}`, nothing, { method: 'DELETE', token }),
  openDirect: (token: string, body: NamedPeople) =>
    ask('/api/direct', openedRoom, { method: 'POST', body, token }),
  putAway: (token: string, room: RoomId) => ask(`/api/direct/${room}`, nothing, { method: 'DELETE', token }),
};

/** What an address asks for. */
function query(of: Readonly<Record<string, number | string>>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(of).flatMap(([name, value]) => (value === '' ? [] : [[name, `${value}`]])),
  );
}
