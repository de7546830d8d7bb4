import type { Card, UserId } from '../gen/protocol';
import type { AccountCalls, OwnCalls } from '../lib/people/own';
import { ARABIC, never, refused, WIDE } from './people';

const card = (username: string, more: Partial<Card> = {}): Card => ({
  username,
  role: 'member',
  active: true,
  ...more,
});

const LONG_BIO =
  'I look after the cellar, the printer and whatever else is on fire. Ask me about keys, biscuits, the history of the house since its beginnings, and where the cat is. Do not ask me about the summer party: that is a matter for the board of the board.';

/** People of whom something is known; oneself is Ada, 1. */
export const known: ReadonlyMap<UserId, Card> = new Map([
  [
    1,
    card('Ada', {
      role: 'owner',
      profile: {
        name: 'Ada Lovelace',
        pronouns: 'she/her',
        time_zone: 'Europe/London',
        bio: 'Notes on the engine.',
        status: { emoji: '🚆', text: 'On the train', until: new Date(Date.now() + 3_600_000).toISOString() },
      },
    }),
  ],
  [2, card('Grace', { role: 'admin', profile: { status: { emoji: '🍲' } } })],
  [3, card(ARABIC, { profile: { name: ARABIC, pronouns: 'هو', bio: ARABIC } })],
  [
    4,
    card(WIDE, {
      profile: {
        name: 'W'.repeat(60),
        pronouns: 'W'.repeat(40),
        bio: LONG_BIO,
        time_zone: 'America/Argentina/Buenos_Aires',
        status: { text: 'W'.repeat(100), until: new Date(Date.now() + 260_000_000).toISOString() },
      },
    }),
  ],
  [5, card('grace2', { role: 'guest', profile: { name: 'Grace' } })],
  [6, card('Edsger', { active: false })],
  [7, card('Deep Thought', { role: 'bot', profile: { status: { emoji: '🤖', text: 'Thinking' } } })],
]);

export const crowded: ReadonlyMap<UserId, Card> = new Map(
  Array.from({ length: 500 }, (_, index) => [
    index + 1,
    card(`Person ${String(index + 1).padStart(4, '0')}`),
  ]),
);

/** Whatever is asked never comes to an end; and is refused. */
const account = (every: () => Promise<never>): AccountCalls => ({
  myself: every,
  rename: every,
  prove: every,
  changePassword: every,
  sessions: every,
  endSession: every,
  endOthers: every,
  makeDeviceLink: every,
  leave: every,
});
export const silently: OwnCalls = {
  say: never,
  beSeen: never,
  show: never,
  hide: never,
  mute: never,
  unmute: never,
  hideOf: never,
  account: account(never),
};
export const refusing: OwnCalls = {
  say: refused,
  beSeen: refused,
  show: refused,
  hide: refused,
  mute: refused,
  unmute: refused,
  hideOf: refused,
  account: account(refused),
};
const at = '2026-11-23T15:04:05.000Z';
const places = [
  { agent: 'Firefox on Linux', from: '192.0.2.0/24' },
  { agent: 'Samsung Internet on Android', from: '2001:db8:ffff::/48' },
] as const;
/** An account that is there, and of which everything else is refused. */
export const settled: AccountCalls = {
  ...refusing.account,
  myself: () => Promise.resolve({ id: 1, username: 'Ada', role: 'owner', email: 'ada@example.org' }),
  sessions: () =>
    Promise.resolve([
      { id: 1, created: at, used: at, expires: at, current: true, ...places[0] },
      { id: 2, created: at, used: at, expires: at, current: false, ...places[1] },
      { id: 3, created: at, used: at, expires: at, current: false },
    ]),
};
