import { expect, test } from 'vitest';
import { Drafts } from './drafts';

function tab(kept: Record<string, string> = {}) {
  const all = new Map(Object.entries(kept));
  const pocket = {
    get: (name: string) => all.get(name) ?? null,
    put: (name: string, text: string) => !!all.set(name, text),
    drop: (name: string) => void all.delete(name),
    names: () => [...all.keys()],
  };
  return { all, pocket };
}

test('each room has a draft of its own, which hangs on the person and not on their name', () => {
  const { all, pocket } = tab({
    'draft Ada': 'by the name',
    'draft Ada, 3': 'there, too',
    'draft Grace': 'hers',
  });
  const drafts = new Drafts(pocket, 'Ada', null);
  expect([drafts.of(1), drafts.of(3)]).toEqual(['by the name', 'there, too']);
  drafts.known(7);
  drafts.keep(2, 'elsewhere');
  expect([1, 2, 3].map((room) => drafts.of(room))).toEqual(['by the name', 'elsewhere', 'there, too']);
  expect([...all.keys()]).toEqual(['draft Grace', 'draft 7 1', 'draft 7 3', 'draft 7 2']);
  // The page is opened again, by another name: whose they are is known at once.
  expect(new Drafts(pocket, 'Countess', 7).of(2)).toBe('elsewhere');
});

test('a draft that is empty is none, and one that is written before the id is known stays', () => {
  const { all, pocket } = tab({ 'draft 7 2': 'old' });
  new Drafts(pocket, 'Ada', 7).keep(2, '');
  expect([...all.keys()]).toEqual([]);
  const fresh = new Drafts(pocket, 'Grace', null);
  fresh.keep(1, 'typed while connecting');
  fresh.keep(5, 'in another room');
  fresh.known(8);
  fresh.known(8);
  expect([fresh.of(1), fresh.of(5)]).toEqual(['typed while connecting', 'in another room']);
});

test('what pages of before have left in the tab is taken over, whether or not the browser knows the id', () => {
  for (const id of [null, 7]) {
    const { all, pocket } = tab({ 'id of Ada': '7', 'draft 7 2': 'kept' });
    const drafts = new Drafts(pocket, 'Ada', id);
    expect(drafts.of(2)).toBe('kept');
    drafts.known(7);
    expect([drafts.of(2), [...all.keys()]]).toEqual(['kept', ['draft 7 2']]);
  }
});
