import { expect, test } from 'vitest';
import type { Entry, Member, MemberPage } from '../../gen/protocol';
import { Company } from './company.svelte';

const at = (second: number) => `2026-11-30T12:00:0${second}.000Z`;
const listed = (id: number, second = 1): MemberPage['members'][number] => {
  return { id, state: { change: 'joined', time: at(second) } };
};
const told = (seq: number, id: number, state: Partial<Member>): Entry => {
  return { seq, kind: 'member', id, state: { change: 'joined', time: at(seq), ...state } };
};

test('whoever comes or goes while the list is open is in it, or not, at once', async () => {
  let news = $state.raw<readonly Entry[]>([told(0, 2, { change: 'left' })]);
  const nothing = () => Promise.resolve();
  const page = { members: [listed(1), listed(2), listed(3)], more: false };
  const calls = { members: () => Promise.resolve(page), letIn: nothing, remove: nothing, moderate: nothing };
  const company = new Company(4, calls, () => news);
  await company.load();
  const who = () => company.members.map(({ id, state }) => `${id}${state.moderator ? ' moderates' : ''}`);
  // What was told before the list was made says nothing.
  expect(who()).toEqual(['1', '2', '3']);
  news = [
    told(2, 2, { change: 'removed' }),
    told(3, 3, { change: 'promoted', moderator: true }),
    told(4, 9, {}),
  ];
  expect(who()).toEqual(['1', '3 moderates', '9']);
});
