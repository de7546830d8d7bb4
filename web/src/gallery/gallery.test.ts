// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDERS = ['shared', 'people', 'own', 'messages', 'rooms', 'frames'];
const components = join(import.meta.dirname, '../components');
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.svelte'));
const walls = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');

test('every component that is not a whole page is in the gallery, in some state', () => {
  const all = FOLDERS.flatMap((folder) =>
    readdirSync(join(components, folder))
      .filter((name) => name.endsWith('.svelte'))
      .map((name) => ({ folder, name: name.replace('.svelte', '') })),
  );
  expect(all.length).toBeGreaterThan(40);
  const isShown = ({ folder, name }: (typeof all)[number]) => {
    const [, exhibit = ''] = walls.split(`<Exhibit of="${name}">`);
    const states = exhibit.split('</Exhibit>')[0] ?? '';
    return walls.includes(`/${folder}/${name}.svelte'`) && new RegExp(`<Case\\b[^]*<${name}\\b`).test(states);
  };
  expect(all.filter((each) => !isShown(each))).toEqual([]);
});
