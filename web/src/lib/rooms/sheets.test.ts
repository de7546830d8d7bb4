import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DirectoryPage, ListedRoom, MemberPage } from '../../gen/protocol';
import { ProblemError } from '../session/api';
import { Attempt } from './attempt.svelte';
import { type Cards, Company } from './company.svelte';
import { Finding } from './finding.svelte';
import { UNDO_MS, Undoing } from './undoing.svelte';

const time = '2026-11-30T12:00:00.000Z';
const lost = new ProblemError('unreachable', 'The server cannot be reached.');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('one thing is tried at a time, and what was wrong is told of its field', async () => {
  const attempt = new Attempt();
  let refuse: (error: Error) => void = () => undefined;
  const first = attempt.make(() => new Promise((_, reject) => (refuse = reject)));
  expect([attempt.busy, await attempt.make(() => Promise.resolve())]).toEqual([true, false]);
  refuse(new ProblemError('room_name_taken', 'An open room has this name.'));
  expect(await first).toBe(false);
  expect([attempt.busy, attempt.problem, attempt.field]).toEqual([
    false,
    'An open room has this name.',
    'name',
  ]);
  expect(await attempt.make(() => Promise.resolve())).toBe(true);
  expect([attempt.problem, attempt.field]).toEqual([null, null]);
});

const found = (id: number): ListedRoom => ({
  id,
  state: { name: `Room ${id}` },
  member: false,
  members: 2,
  active: time,
});

/** A directory whose answers wait until they are let go. */
class Directory {
  readonly asked: [string, number | undefined][] = [];
  readonly answers: ((page: DirectoryPage | Error) => void)[] = [];
  readonly finding = new Finding((search, after) => {
    this.asked.push([search, after]);
    return new Promise((resolve, reject) =>
      this.answers.push((page) => (page instanceof Error ? reject(page) : resolve(page))),
    );
  });
  names = () => this.finding.rooms.map(({ id }) => id);
}

async function settle() {
  await vi.advanceTimersByTimeAsync(0);
}

test('who types is asked about once they pause, and an answer to older words is not shown', async () => {
  const { finding, asked, answers, names } = new Directory();
  for (const words of ['t', 'te', ' tea ']) finding.type(words);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([['tea', undefined]]);
  void finding.look('cake');
  answers[1]?.({ rooms: [found(7)], more: false });
  await settle();
  answers[0]?.({ rooms: [found(3)], more: true });
  await settle();
  expect([names(), finding.more, finding.state, finding.words]).toEqual([[7], false, 'ready', 'cake']);
});

test('more rooms come behind those that are there, and a failure leaves them', async () => {
  const { finding, asked, answers, names } = new Directory();
  void finding.look('');
  answers[0]?.({ rooms: [found(3), found(5)], more: true });
  await settle();
  void finding.goOn();
  answers[1]?.(lost);
  await settle();
  expect([names(), finding.state, finding.problem]).toEqual([[3, 5], 'failed', lost.message]);
  void finding.goOn();
  answers[2]?.({ rooms: [found(9)], more: false });
  await settle();
  expect([names(), asked.map(([, after]) => after)]).toEqual([
    [3, 5, 9],
    [undefined, 5, 5],
  ]);
  finding.joined(5);
  expect(finding.rooms[1]).toMatchObject({ member: true, members: 3 });
});

const cards: Cards = new Map(
  ['Ada', 'grace', 'Linus'].map((username, index) => [index + 1, { username, role: 'member', active: true }]),
);
const page = (ids: number[], more: boolean): MemberPage => ({
  members: ids.map((id) => ({ id, state: { change: 'joined', time, moderator: id === 3 } })),
  more,
});
const nothing = () => Promise.resolve();

test('all who belong to a room come, page by page, moderators first and then by name', async () => {
  const pages = [page([1], true), page([2, 3, 9], false)];
  const members = vi.fn((_: number, after?: number) => Promise.resolve(pages[after ? 1 : 0] as MemberPage));
  const company = new Company(4, { members, letIn: nothing, remove: nothing, moderate: nothing });
  await company.load();
  expect(members.mock.calls).toEqual([
    [4, undefined],
    [4, 1],
  ]);
  expect(company.inOrder(cards).map(({ name }) => name)).toEqual(['Linus', 'Ada', 'grace', 'Person 9']);
});

test('who is removed or made a moderator is so at once, and nothing is so that was refused', async () => {
  const remove = vi.fn(nothing);
  const moderate = () => Promise.reject(lost);
  const members = () => Promise.resolve(page([1, 2, 3], false));
  const company = new Company(4, { members, letIn: nothing, remove, moderate });
  await company.load();
  expect(await company.remove(2)).toBe(true);
  expect([remove.mock.calls, company.members.map(({ id }) => id)]).toEqual([[[4, 2]], [1, 3]]);
  expect(await company.moderate(1, true)).toBe(false);
  expect([company.attempt.problem, company.members[0]?.state.moderator]).toEqual([lost.message, false]);
});

test('the way back is there for ten seconds, and for as long as somebody is at it', async () => {
  const undoing = new Undoing();
  const done = { before: 'You have left', name: 'Tea', after: '.', undo: vi.fn(nothing) };
  undoing.tell(done);
  await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
  undoing.hold();
  await vi.advanceTimersByTimeAsync(UNDO_MS * 9);
  expect(undoing.done).toBe(done);
  undoing.letGo();
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(undoing.done).toBeNull();
  undoing.tell(done);
  await undoing.undo();
  expect([done.undo.mock.calls.length, undoing.done]).toEqual([1, null]);
});

test('what could not be undone stays and says why, until it is, or something else is done', async () => {
  const undo = vi.fn(() => Promise.reject(lost));
  const undoing = new Undoing();
  undoing.tell({ before: '', name: 'Tea', after: 'is archived.', undo });
  await undoing.undo();
  undoing.letGo();
  await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
  expect([undoing.done?.name, undoing.attempt.problem]).toEqual(['Tea', lost.message]);
  undoing.tell({ before: '', name: 'Cake', after: 'is archived.' });
  expect([undoing.done?.name, undoing.attempt.problem]).toEqual(['Cake', null]);
});
