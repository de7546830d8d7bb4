import { expect, test } from 'vitest';
import type { Card } from '../../gen/protocol';
import { found, inOrderOf } from './finding';

const card = (username: string, more: Partial<Card> = {}): Card => ({
  username,
  role: 'member',
  active: true,
  ...more,
});
const cards = new Map([
  [1, card('zoe', { profile: { name: 'Ada Lovelace' } })],
  [2, card('grace')],
  [3, card('Margrace')],
  [4, card('gone', { active: false })],
]);
const names = (wanted: string) => found(inOrderOf(cards), wanted).map(({ id }) => id);

test('people stand in the order of what they are called, without those who cannot sign in', () => {
  expect(names(' ')).toEqual([1, 2, 3]);
});

test('somebody is found by the name that they show and by the one that they sign in with', () => {
  expect([names('LOVE'), names('zo'), names('@zoe'), names('nobody')]).toEqual([[1], [1], [1], []]);
  expect(names('grace')).toEqual([2, 3]);
});
