import { beforeEach, expect, test } from 'vitest';
import type { UserPatch, User } from '../../gen/protocol';
import { ProblemError } from '../session/api';
import { FakeWorld } from '../socket/wires';
import type { Asking } from './asking.svelte';
import { Directory, type Registry } from './directory.svelte';
import { offers } from './standing';

const ada: User = { id: 1, username: 'Ada', email: 'ada@example.org', role: 'owner', active: true };
const grace: User = { id: 2, username: 'ليلى', email: '', role: 'member', active: true };

/** A server that remembers one account, and whether the login is fresh. */
class Desk implements Registry {
  readonly world = new FakeWorld();
  readonly heard: (UserPatch | null)[] = [];
  grace: User | null = grace;
  refusal: ProblemError | null = null;
  fresh = true;
  over = false;

  me = () => Promise.resolve({ id: 1, username: 'Ada', role: 'owner' } as const);
  users = () => Promise.resolve(this.grace ? [ada, this.grace] : [ada]);
  sessionOver = () => void (this.over = true);

  async change(user: number, standing: UserPatch | null): Promise<void> {
    if (this.refusal) throw this.refusal;
    if (!this.fresh) throw new ProblemError('login_too_old', 'Log in again.');
    expect(user).toBe(2);
    this.heard.push(standing);
    this.grace = standing && this.grace ? { ...this.grace, ...standing } : null;
  }

  async prove(password: string): Promise<void> {
    if (password !== 'right') throw new ProblemError('wrong_credentials', 'No.');
    this.fresh = true;
  }
}

let desk: Desk;
let directory: Directory;
const asking = () => directory.asking as Asking;

async function ask(kind: 'role' | 'active' | 'gone'): Promise<Asking> {
  const user = directory.users[1] as User;
  const offer = offers(await desk.me(), user).find((each) => each.kind === kind);
  if (offer) directory.ask(user, offer);
  return asking();
}

beforeEach(async () => {
  desk = new Desk();
  directory = new Directory(desk);
  await directory.load();
});

test('a change is made once it is meant, shown at once, and told', async () => {
  await ask('role');
  expect([directory.users[1], desk.heard]).toEqual([grace, []]);
  await asking().goOn();
  expect(desk.heard).toEqual([{ role: 'admin' }]);
  expect(directory.users[1]).toEqual({ ...grace, role: 'admin' });
  expect(directory.done).toEqual({ name: 'ليلى', what: 'is an administrator.' });
  expect(directory.asking).toBeNull();
});

test('who is deleted is nobody in the list any more, and that is told by the name that they had', async () => {
  await (await ask('gone')).goOn();
  expect(desk.heard).toEqual([null]);
  expect(directory.users).toEqual([ada]);
  expect(directory.done).toEqual({ name: 'ليلى', what: 'has left for good.' });
});

test('x92 who signed in a while ago is asked for the password, and what was wanted is done then', async () => {
  desk.fresh = false;
  const change = await ask('active');
  await change.goOn();
  expect([change.step, change.problem, desk.heard]).toEqual(['proof', null, []]);
  await change.prove('wrong');
  expect([change.step, change.problem, desk.heard]).toEqual(['proof', 'That is not your password.', []]);
  await change.prove('right');
  expect(desk.heard).toEqual([{ active: false }]);
  expect(directory.done?.what).toBe('is deactivated.');
});

test('a refusal is told in words and changes nothing, also when it is said twice', async () => {
  desk.refusal = new ProblemError('last_owner', 'This is the last active owner.');
  const change = await ask('role');
  await Promise.all([change.goOn(), change.goOn()]);
  expect([change.problem, change.busy]).toEqual(['This is the last active owner.', false]);
  expect([directory.users[1], directory.done]).toEqual([grace, null]);
  desk.refusal = null;
  await change.goOn();
  expect(desk.heard).toEqual([{ role: 'admin' }]);
});

test('who is no one any more leaves', async () => {
  desk.refusal = new ProblemError('unauthorized', 'Log in first.');
  await (await ask('role')).goOn();
  expect(desk.over).toBe(true);
});
