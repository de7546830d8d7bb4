import { expect, test } from 'vitest';
import { Pocket } from '../session/pockets';
import { TabDrawer } from './drawer';
import { Edits } from './edits.svelte';

const tab = new Pocket(() => sessionStorage);
const edit = (handle: number, text: string) => ({ handle, room: 1, seq: handle, text });
const opened = (name: string, id: number | null) => new Edits(new TabDrawer(tab, name, id));

test('edits hang on the person: nothing is lost when the id comes, nor when the name changes', () => {
  sessionStorage.clear();
  opened('Ada', 7).keep(edit(1, 'from before'));
  const fresh = opened('Ada', null);
  fresh.keep(edit(2, 'while nobody knew'));
  expect(fresh.of(1)).toBeNull();
  fresh.known(7);
  expect([fresh.of(1), fresh.of(2)]).toEqual(['from before', 'while nobody knew']);
  const renamed = opened('Countess', 7);
  renamed.known(7);
  expect([renamed.of(1), renamed.of(2)]).toEqual(['from before', 'while nobody knew']);
  expect(Object.keys(sessionStorage)).toEqual(['edits of 7']);
});

test('edits of somebody else are not there', () => {
  sessionStorage.clear();
  opened('Ada', 7).keep(edit(1, 'hers'));
  const grace = opened('Grace', null);
  grace.known(8);
  expect(grace.all).toEqual([]);
});
