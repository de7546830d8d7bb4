import type { Login, Registration, RoomId, Seq, UserPatch, UserId } from '../../gen/protocol';
import { listOf, nothing } from '../protocol/form';
import { loggedIn, me, messagePage, registered, user } from '../protocol/forms';
import { ask } from './api';

/** Every call of the pages, each with the form that its answer must have. */
export const calls = {
  register: (body: Registration) => ask('/register', registered, { method: 'POST', body }),
  logIn: (body: Login) => ask('/login', loggedIn, { method: 'POST', body }),
  logOut: (farewell: string) => ask('/logout', nothing, { method: 'POST', farewell }),
  me: (token: string) => ask('/api/me', me, { token }),
  users: (token: string) => ask('/users', listOf(user), { token }),
  changeUser: (token: string, id: UserId, body: UserPatch) =>
    ask(`/api/users/${id}`, nothing, { method: 'PATCH', body, token }),
  messages: (token: string, room: RoomId, place: { before?: Seq; after?: Seq }, limit: number) => {
    const query = new URLSearchParams(
      Object.entries({ ...place, limit }).map(([name, of]) => [name, `${of}`]),
    );
    return ask(`/api/rooms/${room}/messages?${query}`, messagePage, { token });
  },
};
