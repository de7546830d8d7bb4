import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../gen/protocol';
import type { News } from './news';
import { rows } from './rows';
import { nameOf } from './spoken';
import { clock, dayName, timeOf } from './times.svelte';
import { Voice } from './voice.svelte';

const ADA = { id: 1, username: 'Ada' };

const NOON = new Date(2026, 10, 23, 12).getTime();
const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  clock.look();
});
afterEach(() => void vi.useRealTimers());

const said = (text: string, more: Partial<News> = {}): News => ({
  what: 'said',
  user: 'Grace',
  own: false,
  text,
  ...more,
});

function heard(...news: News[]): string[] {
  const voice = new Voice();
  for (const each of news) voice.tell(each);
  vi.advanceTimersByTime(2_000);
  return voice.sentences.map(({ text }) => text);
}

test('a message is called by who said it, when, what, and how it stands with it', () => {
  const stored = (at: number, more: Partial<Message> = {}): Message => ({
    id: 1,
    user: 'Grace',
    text: 'A moth.',
    time: new Date(at).toISOString(),
    seen: false,
    room: 1,
    seq: 1,
    ...more,
  });
  const unsent = { nonce: 'n', room: 1, text: 'Later.', at: NOON, problem: null, seq: null };
  const name = (
    of: Message | null,
    entry: typeof unsent | (Omit<typeof unsent, 'problem'> & { problem: string }),
  ) => nameOf(rows(of ? [of] : [], of ? [] : [entry], ADA)[0] as never);
  const time = timeOf(NOON);
  expect(name(stored(NOON), unsent)).toBe(`Grace, ${time}: A moth.`);
  expect(name(stored(NOON, { edited: new Date(NOON).toISOString() }), unsent)).toBe(
    `Grace, ${time}: A moth. (edited)`,
  );
  const before = NOON - 3 * DAY_MS;
  expect(name(stored(before), unsent)).toBe(`Grace, ${dayName(before)}, ${time}: A moth.`);
  expect(name(null, unsent)).toBe(`Ada, ${time}: Later. (sending)`);
  expect(name(null, { ...unsent, problem: 'Why.' })).toBe(`Ada, ${time}: Later. (not sent)`);
});

test('the same text twice is two sentences, and up to three of a moment are each told', () => {
  const voice = new Voice();
  for (const text of ['Hi.', 'Hi.', 'Hi.']) voice.tell(said(text));
  vi.advanceTimersByTime(2_000);
  expect(voice.sentences.map(({ text }) => text)).toEqual(['Grace: Hi.', 'Grace: Hi.', 'Grace: Hi.']);
  expect(new Set(voice.sentences.map(({ id }) => id)).size).toBe(3);
  vi.advanceTimersByTime(10_000);
  expect(voice.sentences).toEqual([]);
});

test('more than three in two seconds are one count, and what comes later is told again', () => {
  const voice = new Voice();
  for (let index = 0; index < 40; index += 1) {
    voice.tell(said(`${index}`));
    vi.advanceTimersByTime(49);
  }
  vi.advanceTimersByTime(40);
  expect(voice.sentences.map(({ text }) => text)).toEqual(['40 new messages']);
  voice.tell(said('Later.'));
  vi.advanceTimersByTime(2_000);
  expect(voice.sentences.map(({ text }) => text)).toEqual(['40 new messages', 'Grace: Later.']);
});

test('edits and deletions are told, one’s own as one’s own', () => {
  expect(heard(said('A moth.', { what: 'edited' }), said('', { what: 'deleted' }))).toEqual([
    'Grace edited: A moth.',
    'A message from Grace was deleted.',
  ]);
  const own = { user: 'Ada', own: true };
  expect(
    heard(
      said('x', { ...own, what: 'sent' }),
      said('Y', { ...own, what: 'edited' }),
      said('', { ...own, what: 'deleted' }),
    ),
  ).toEqual(['Sent.', 'You edited: Y', 'Your message was deleted.']);
  const many = [
    said('a'),
    said('b', { what: 'edited' }),
    said('c', { what: 'edited' }),
    said('d', { what: 'deleted' }),
  ];
  expect(heard(...many)).toEqual(['1 new message, 2 edited, 1 deleted']);
});
