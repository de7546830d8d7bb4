import type { Login, Registration, RoomId, Seq } from '../../gen/protocol';
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
  messages: (token: string, room: RoomId, before: Seq, limit: number) =>
    ask(`/api/rooms/${room}/messages?before=${before}&limit=${limit}`, messagePage, { token }),
};
