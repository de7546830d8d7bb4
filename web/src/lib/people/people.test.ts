import { expect, test } from 'vitest';
import { inOrder, initial, tone } from './people';
import type { PersonPresence } from '../../gen/protocol';
import { namesOf, present, presentById, shownOf } from './presence';

test('oneself comes first and the others by name', () => {
  expect(inOrder(['Linus', 'Ada', 'grace'], 'Linus')).toEqual(['Linus', 'Ada', 'grace']);
  expect(inOrder(['Linus', 'Ada'], 'Grace')).toEqual(['Ada', 'Linus']);
});

test('a name’s letter is what a reader would call its first letter', () => {
  expect(initial('ada')).toBe('A');
  expect(initial('e\u0301mile')).toBe('E\u0301');
  expect(initial('ليلى')).toBe('ل');
  expect(initial('👩🏽‍🔬 Grace').length).toBeGreaterThan(1);
});

test('a name has the same colour everywhere', () => {
  expect(tone('Ada')).toBe(tone('Ada'));
  for (const name of ['Ada', 'Grace', 'Linus', 'ليلى', '']) expect(tone(name)).toBeLessThan(8);
});

test('who comes and goes changes the set, and a whole set replaces it', () => {
  const before = present(['Mallory'], { type: 'users', users: ['Ada', 'Grace'] });
  const delta = { type: 'presence', online: ['Linus', 'Ada'], offline: ['Grace', 'Nobody'] } as const;
  const after = present(before, { ...delta, online: [...delta.online], offline: [...delta.offline] });
  expect(after).toEqual(['Ada', 'Linus']);
  expect(before).toEqual(['Ada', 'Grace']);
});

test('by id, too, and who is there in a way unknown is there', () => {
  const asleep = { id: 4, state: 'asleep' } as unknown as PersonPresence;
  const all: PersonPresence[] = [{ id: 2, state: 'online' }, asleep];
  const before = presentById(new Map([[9, { id: 9, state: 'online' }]]), { reset: true, people: all });
  const after = presentById(before, {
    people: [
      { id: 2, state: 'offline' },
      { id: 3, state: 'online' },
      { id: 8, state: 'offline' },
    ],
  });
  const cards = new Map(
    [2, 3, 4, 8].map((id) => [id, { username: `${id}`, role: 'member', active: true } as const]),
  );
  expect([namesOf(before, cards), namesOf(after, cards)]).toEqual([
    ['2', '4'],
    ['4', '3'],
  ]);
  const states = [2, 3, 4, 5].map((id) => shownOf(after.get(id), 0).state);
  expect(states).toEqual(['offline', 'online', 'online', 'offline']);
});
