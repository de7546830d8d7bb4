import { expect, test } from 'vitest';
import type { Message } from '../../gen/protocol';
import { grewAtStart, rows } from './rows';

const ADA = { id: 1, username: 'Ada' };

const START = new Date(2026, 10, 23, 12).getTime();
const at = (minutes: number, user: string, seq: number): Message => ({
  id: seq,
  user,
  text: 'hi',
  time: new Date(START + minutes * 60_000).toISOString(),
  seen: false,
  room: 1,
  seq,
});
const groups = (...messages: Message[]) => rows(messages, [], ADA).map((row) => row.opensGroup);

test('an author’s messages within five minutes are one group', () => {
  expect(groups(at(0, 'Ada', 1), at(5, 'Ada', 2), at(10.1, 'Ada', 3))).toEqual([true, false, true]);
});

test('somebody else’s message begins a new group', () => {
  expect(groups(at(0, 'Ada', 1), at(1, 'Grace', 2), at(2, 'Ada', 3))).toEqual([true, true, true]);
});

test('a new day begins with a line, whoever writes', () => {
  const list = rows([at(0, 'Ada', 1), at(719, 'Ada', 2), at(721, 'Ada', 3)], [], ADA);
  expect(list.map((row) => row.opensDay)).toEqual([true, false, true]);
  expect(list[2]!.opensGroup).toBe(true);
});

test('the list knows when it grew at its beginning', () => {
  const held = rows([at(5, 'Ada', 5), at(6, 'Ada', 6)], [], ADA);
  const older = rows([at(4, 'Ada', 4), at(5, 'Ada', 5), at(6, 'Ada', 6)], [], ADA);
  const newer = rows([at(5, 'Ada', 5), at(6, 'Ada', 6), at(7, 'Ada', 7)], [], ADA);
  expect([
    grewAtStart(held, older),
    grewAtStart(held, newer),
    grewAtStart([], held),
    grewAtStart(held, held),
  ]).toEqual([true, false, false, false]);
});

test('a message that is stored and still unsent is one row', () => {
  const stored = { ...at(0, 'Ada', 1), nonce: 'n' };
  const unsent = [{ nonce: 'n', room: 1, text: 'hi', at: START, problem: null, seq: null }];
  expect(rows([stored], unsent, ADA)).toMatchObject([{ key: 'own n', unsent: null }]);
  expect(rows([{ ...stored, user: 'Grace' }], unsent, ADA)).toHaveLength(2);
});
