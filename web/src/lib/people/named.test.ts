import { expect, test } from 'vitest';
import type { Card } from '../../gen/protocol';
import { inWords, Names, namesIn } from './named';

const card = (username: string, name?: string): Card => ({
  username,
  role: 'member',
  active: true,
  ...(name !== undefined && { profile: { name } }),
});
const cards = new Map([
  [1, card('ada')],
  [2, card('grace', 'Grace Hopper')],
  [3, card('mallory', 'ＡＤＡ')],
  [4, card('eve', 'Grace  Hopper')],
  [5, card('linus', 'Linus')],
  [6, card('oscar', 'Everyone')],
  [7, card('trudy', 'Аda Lovelace')],
  [8, card('юля', 'Юля')],
]);
const names = new Names(cards);

test('people are called by the name that they gave themselves, by id, whatever they were called before', () => {
  expect([1, 5, 8].map((id) => names.of(id, 'before'))).toEqual([
    { name: 'ada', also: null },
    { name: 'Linus', also: null },
    { name: 'Юля', also: null },
  ]);
  expect([null, undefined, 99].map((id) => names.of(id, 'Somebody').name)).toEqual(Array(3).fill('Somebody'));
});

test('x33_a_name_that_could_be_taken_for_another_has_the_username_beside_it', () => {
  expect([2, 3, 4, 6, 7].map((id) => names.of(id, '').also)).toEqual([
    '@grace',
    '@mallory',
    '@eve',
    '@oscar',
    '@trudy',
  ]);
  expect(inWords(names.of(3, ''))).toBe('ＡＤＡ (@mallory)');
});

test('whoever asks again of the same cards has the same names', () => {
  expect(namesIn(cards)).toBe(namesIn(cards));
});

test('x33_names_that_look_the_same_letter_by_letter_both_have_the_username_beside_them', () => {
  const twins = [
    ['Ace Pay', 'Асе Рау'],
    ['Coop', 'Соор'],
    ['Bill', 'BiI1'],
    ['Emma Burn', 'Emma Bum'],
    ['Zoë', 'Zoe'],
    ['Otto', '0tt0'],
  ] as const;
  for (const [one, other] of twins) {
    const known = new Names(
      new Map([
        [1, card('first', one)],
        [2, card('second', other)],
        [3, card('third', 'Юлия')],
      ]),
    );
    expect([1, 2, 3].map((id) => known.of(id, '').also)).toEqual(['@first', '@second', null]);
  }
});
