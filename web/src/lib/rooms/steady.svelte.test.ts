import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import type { Placed, Section } from './order';
import { Steady } from './steady.svelte';

test('while somebody is at the list nothing moves in it, what is lost goes, and it settles when they leave', () => {
  const of = (...ids: number[]) => ids.map((id): Placed => ({ id, section: 'rooms' }));
  let present = $state.raw<{ rows: Placed[]; folded: Section[] }>({ rows: of(1, 2, 3), folded: [] });
  const steady = new Steady(() => present);
  const ids = () => steady.drawn.rows.map(({ id, section }) => `${id} ${section}`);
  steady.hold();
  present = { rows: [{ id: 3, section: 'pinned' }, ...of(4, 1)], folded: ['rooms'] };
  flushSync();
  steady.hold();
  expect([ids(), steady.drawn.folded]).toEqual([['1 rooms', '3 rooms'], []]);
  // What one does oneself is seen at once, and the rest with it.
  steady.settle();
  expect([ids(), steady.drawn.folded]).toEqual([['3 pinned', '4 rooms', '1 rooms'], ['rooms']]);
  present = { rows: of(1, 3, 4), folded: [] };
  expect(ids()[0]).toBe('3 pinned');
  steady.letGo();
  expect([ids(), steady.drawn.folded]).toEqual([['1 rooms', '3 rooms', '4 rooms'], []]);
});
