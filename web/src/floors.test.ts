// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix, relative } from 'node:path';
import { parse } from 'svelte/compiler';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** From the ground up. Whatever stands on a floor may import what is below, and of its own floor its own folder alone. */
const FLOORS: readonly (readonly string[])[] = [
  ['gen'],
  ['lib/protocol'],
  ['lib/socket'],
  ['lib/session'],
  ['lib/theme', 'lib/people', 'lib/messages'],
  ['lib/rooms'],
  ['components/shared'],
  ['components/people'],
  ['components/own', 'components/rooms'],
  ['components/messages'],
  ['components/frames'],
  ['components/views'],
  ['gallery'],
  ['pages'],
];

const house = import.meta.dirname;
const files = new Set(
  readdirSync(house, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|js|svelte)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name),
    )
    .map((entry) => posix.join(relative(house, entry.parentPath), entry.name)),
);

/** The scripts of a file: a component has up to two. */
function scripts(file: string): string {
  const source = readFileSync(posix.join(house, file), 'utf8');
  if (!file.endsWith('.svelte')) return source;
  const { instance, module } = parse(source, { modern: true });
  // What the parser says of a script's place does not reach its type.
  const places = [module, instance].map(
    (script) => script?.content as { start: number; end: number } | undefined,
  );
  return places.map((place) => (place ? source.slice(place.start, place.end) : '')).join('\n');
}

/** What a file of this house names in another's place; styles are drawn on every floor, and import none. */
function imports(file: string): string[] {
  return ts
    .preProcessFile(scripts(file))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.') && !name.endsWith('.css'))
    .map((name) => found(posix.join(dirname(file), name)) ?? `${name}, which is not there`);
}

function found(path: string): string | undefined {
  return [path, `${path}.ts`, `${path}.js`].find((file) => files.has(file));
}

const plan = new Map([...files].map((file) => [file, imports(file)]));

const isIn = (folder: string) => (file: string) => file.startsWith(`${folder}/`);
const folderOf = (file: string) => FLOORS.flat().find((folder) => isIn(folder)(file));
const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.some((folder) => isIn(folder)(file)));

/** Takes away, again and again, whoever imports nobody that is left, and whoever nobody imports that is left. */
function looped(of: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const inner = [...of].map(([file, known]) => [file, known.filter((other) => of.has(other))] as const);
  const imported = new Set(inner.flatMap(([, known]) => known));
  const left = new Map(inner.filter(([file, known]) => known.length > 0 && imported.has(file)));
  return left.size === of.size ? left : looped(left);
}

test('every file stands on a floor, and nothing imports what is above it or beside it', () => {
  expect([...files].filter((file) => floorOf(file) < 0)).toEqual([]);
  expect([...plan.values()].flat().length).toBeGreaterThan(200);
  const isWrong = (file: string, other: string) =>
    floorOf(other) < 0 ||
    floorOf(other) > floorOf(file) ||
    (floorOf(other) === floorOf(file) && folderOf(other) !== folderOf(file));
  const arrows = [...plan].flatMap(([file, known]) => known.map((other) => [file, other] as const));
  expect(arrows.filter((arrow) => isWrong(...arrow)).map((arrow) => arrow.join(' → '))).toEqual([]);
});

test('no files import one another in a loop', () => {
  expect([...looped(plan)].map(([file, known]) => `${file} → ${known.join(', ')}`)).toEqual([]);
});
