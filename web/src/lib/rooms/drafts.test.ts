import { expect, test } from 'vitest';
import { Drafts } from './drafts';

function tab(kept: Record<string, string> = {}) {
  const all = new Map(Object.entries(kept));
  const pocket = {
    get: (name: string) => all.get(name) ?? null,
    put: (name: string, text: string) => !!all.set(name, text),
    drop: (name: string) => void all.delete(name),
  };
  return { all, pocket };
}

test('each room has a draft of its own, which hangs on the person and not on their name', () => {
  const { all, pocket } = tab({ 'draft Ada': 'by the name' });
  const drafts = new Drafts(pocket, 'Ada');
  expect(drafts.of(1)).toBe('by the name');
  drafts.known(7);
  drafts.keep(2, 'elsewhere');
  expect([1, 2, 3].map((room) => drafts.of(room))).toEqual(['by the name', 'elsewhere', '']);
  expect([...all.keys()]).toEqual(['id of Ada', 'draft 7 1', 'draft 7 2']);
  // The page is opened again: whose they are is known at once.
  expect(new Drafts(pocket, 'Ada').of(2)).toBe('elsewhere');
  const renamed = new Drafts(pocket, 'Ada King');
  renamed.known(7);
  expect(renamed.of(2)).toBe('elsewhere');
});

test('a draft that is empty is none, and one that is written before the id is known stays', () => {
  const { all, pocket } = tab({ 'id of Ada': '7', 'draft 7 2': 'old' });
  new Drafts(pocket, 'Ada').keep(2, '');
  expect([...all.keys()]).toEqual(['id of Ada']);
  const fresh = new Drafts(pocket, 'Grace');
  fresh.keep(1, 'typed while connecting');
  fresh.known(8);
  fresh.known(8);
  expect(fresh.of(1)).toBe('typed while connecting');
});
