// @vitest-environment node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Role, RoomKind } from '../../gen/protocol';
import { type Deed, may, mayRoam, type Standing } from './powers';

const KINDS: readonly RoomKind[] = ['open', 'closed', 'direct'];
const operating = readFileSync(join(import.meta.dirname, '../../../../docs/operating.md'), 'utf8');
const [, table = ''] = operating.split('## Who may do what in rooms');
const rows = [...table.matchAll(/^\| (\w+) \| (.+) \|$/gm)].map(
  ([, deed, cells]) => [deed as Deed, cells?.split(' | ') ?? []] as const,
);

/** The columns of the table in docs/operating.md. */
const columns: readonly (readonly [Role, member: boolean, moderator: boolean])[] = [
  ['member', false, false],
  ['guest', true, false],
  ['member', true, false],
  ['member', true, true],
  ['admin', false, false],
  ['admin', true, false],
];

const place = (
  kind: RoomKind,
  member: boolean,
  moderator: boolean,
  more: Partial<Standing> = {},
): Standing => ({
  id: 2,
  kind,
  archived: false,
  member,
  moderator,
  ...more,
});

function inWords(deed: Deed, role: Role, room: Standing): string {
  const [own, foreign] = [may(role, deed, 'own', room), may(role, deed, 'foreign', room)];
  return own && foreign ? 'yes' : own ? 'own' : foreign ? 'others' : '–';
}

test('z1 what is offered in a room is what the documented table of powers says', () => {
  expect(rows.length).toBe(14);
  for (const [deed, cells] of rows)
    for (const [index, [role, member, moderator]] of columns.entries()) {
      const kinds = KINDS.map((kind) => inWords(deed, role, place(kind, member, moderator)));
      const said = new Set(kinds).size === 1 ? kinds[0] : kinds.join(' / ');
      expect(said, `${deed} ${role} ${member}`).toBe(cells[index]);
    }
});

test('the Lobby is neither joined nor left, closed nor archived, by anybody', () => {
  for (const role of ['owner', 'admin', 'member', 'guest'] as const)
    for (const deed of ['Join', 'Leave', 'Close', 'Archive', 'Promote'] as const) {
      const lobby = place('open', deed !== 'Join', true, { id: 1 });
      expect([may(role, deed, 'own', lobby), may(role, deed, 'foreign', lobby)]).toEqual([false, false]);
    }
});

test('in an archived room one reads, goes, and brings it back, and nothing else', () => {
  const archived = place('open', true, true, { archived: true });
  const left = rows
    .map(([deed]) => deed)
    .filter((deed) => may('owner', deed, 'own', archived) || may('owner', deed, 'foreign', archived));
  expect(left).toEqual(['Read', 'Leave', 'Remove', 'Archive', 'Promote']);
  expect(may('member', 'Join', 'own', place('open', false, false, { archived: true }))).toBe(false);
});

test('guests and programs look for no rooms and make none', () => {
  const roles = ['owner', 'admin', 'member', 'guest', 'bot'] as const;
  expect(roles.filter(mayRoam)).toEqual(['owner', 'admin', 'member']);
});
