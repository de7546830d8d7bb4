import { calls } from './calls';

const message = {
  id: 7,
  user: 'Ada',
  text: 'Hi.',
  time: '2026-11-23T15:04:05.123Z',
  seen: false,
  room: 1,
  seq: 3,
};

/** Each call, and what the server answers it. */
export const right: Record<keyof typeof calls, { call: () => Promise<unknown>; answer: unknown }> = {
  register: {
    call: () => calls.register({ username: 'Ada', email: 'ada@example.org', password: 'x' }),
    answer: { id: 1, username: 'Ada', email: 'ada@example.org' },
  },
  logIn: {
    call: () => calls.logIn({ username: 'Ada', password: 'x' }),
    answer: { username: 'Ada', token: 't' },
  },
  lookAtDevice: { call: () => calls.lookAtDevice('c'), answer: { place: 'The Old Mill', username: 'Ada' } },
  signInHere: { call: () => calls.signInHere('c'), answer: { username: 'Ada', token: 't' } },
  logOut: { call: () => calls.logOut('f'), answer: undefined },
  place: { call: () => calls.place(), answer: { name: 'The Old Mill', registration: 'invite' } },
  changePlace: { call: () => calls.changePlace('t', { name: 'The Old Mill' }), answer: undefined },
  lookAt: {
    call: () => calls.lookAt('c'),
    answer: { place: 'The Old Mill', registration: 'open', by: { username: 'Ada' }, rooms: ['Attic'] },
  },
  comeBy: { call: () => calls.comeBy('t', 'c'), answer: { rooms: [7] } },
  invitations: {
    call: () => calls.invitations('t'),
    answer: [
      {
        id: 1,
        by: 2,
        rooms: [7],
        created: '2026-11-23T15:04:05.123Z',
        expires: '2026-11-30T15:04:05.123Z',
        used: 0,
      },
    ],
  },
  makeInvitation: { call: () => calls.makeInvitation('t', {}), answer: { id: 1, code: 'c' } },
  revokeInvitation: { call: () => calls.revokeInvitation('t', 1), answer: undefined },
  me: { call: () => calls.me('t'), answer: { id: 1, username: 'Ada', role: 'owner' } },
  changeMe: { call: () => calls.changeMe('t', { status: null }), answer: undefined },
  changeAvailability: { call: () => calls.changeAvailability('t', { hidden: true }), answer: undefined },
  myself: {
    call: () => calls.myself('t'),
    answer: { id: 1, username: 'Ada', role: 'owner', email: 'ada@example.org' },
  },
  changePassword: { call: () => calls.changePassword('t', { current: 'x', new: 'y' }), answer: undefined },
  deleteMe: { call: () => calls.deleteMe('t', { password: 'x' }), answer: undefined },
  sessions: {
    call: () => calls.sessions('t'),
    answer: [{ id: 1, created: message.time, used: message.time, expires: message.time, current: true }],
  },
  endOtherSessions: { call: () => calls.endOtherSessions('t'), answer: undefined },
  makeDeviceLink: {
    call: () => calls.makeDeviceLink('t', { password: 'x' }),
    answer: { code: 'c', expires: message.time },
  },
  endSession: { call: () => calls.endSession('t', 2), answer: undefined },
  showPicture: { call: () => calls.showPicture('t', new Blob(['x'])), answer: undefined },
  removePicture: { call: () => calls.removePicture('t', 2), answer: undefined },
  mute: { call: () => calls.mute('t', 2), answer: undefined },
  unmute: { call: () => calls.unmute('t', 2), answer: undefined },
  hidePicture: { call: () => calls.hidePicture('t'), answer: undefined },
  users: {
    call: () => calls.users('t'),
    answer: [{ id: 1, username: 'Ada', email: '', role: 'member', active: true }],
  },
  changeUser: { call: () => calls.changeUser('t', 2, { active: false }), answer: undefined },
  deleteUser: { call: () => calls.deleteUser('t', 2), answer: undefined },
  messages: {
    call: () => calls.messages('t', 1, { before: 9 }, 50),
    answer: { messages: [message], more: false },
  },
  rooms: {
    call: () => calls.rooms('t', 'tea', 3, 50),
    answer: {
      rooms: [{ id: 4, state: { name: 'Tea' }, member: false, members: 12, active: message.time }],
      more: false,
    },
  },
  setOrder: { call: () => calls.setOrder('t', { pinned: [1] }), answer: undefined },
  makeRoom: { call: () => calls.makeRoom('t', { name: 'Tea' }), answer: { id: 4 } },
  changeRoom: { call: () => calls.changeRoom('t', 4, { archived: true }), answer: undefined },
  members: {
    call: () => calls.members('t', 4, 0, 200),
    answer: { members: [{ id: 1, state: { change: 'joined', time: message.time } }], more: false },
  },
  letIn: { call: () => calls.letIn('t', 4, { people: [2] }), answer: undefined },
  join: { call: () => calls.join('t', 4), answer: undefined },
  leave: { call: () => calls.leave('t', 4), answer: undefined },
  changeMember: { call: () => calls.changeMember('t', 4, 2, { moderator: true }), answer: undefined },
  removeMember: { call: () => calls.removeMember('t', 4, 2), answer: undefined },
  openDirect: { call: () => calls.openDirect('t', { people: [2] }), answer: { id: 5 } },
  putAway: { call: () => calls.putAway('t', 5), answer: undefined },
};
