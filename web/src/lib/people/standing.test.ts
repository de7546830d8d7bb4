import { expect, test } from 'vitest';
import type { Role, User } from '../../gen/protocol';
import { offers } from './standing';

const someone = (role: Role, id: number, active = true): User => ({
  id,
  username: `person ${id}`,
  email: '',
  role,
  active,
});
const buttons = (role: Role, user: User) =>
  offers({ id: 1, username: 'Ada', role }, user).map(({ button }) => button);

test('z1 what is offered is what the server allows: nothing about oneself, and nothing about owners to others', () => {
  expect(buttons('owner', someone('member', 2))).toEqual(['Make an administrator', 'Deactivate…', 'Delete…']);
  expect(buttons('owner', someone('admin', 2))).toEqual(['Make a member', 'Deactivate…', 'Delete…']);
  expect(buttons('owner', someone('owner', 2))).toEqual(['Make an administrator', 'Deactivate…', 'Delete…']);
  expect(buttons('owner', someone('bot', 2))).toEqual(['Deactivate…', 'Delete…']);
  expect(buttons('owner', someone('admin', 2, false))).toEqual(['Reactivate…', 'Delete…']);
  expect(buttons('owner', someone('owner', 1))).toEqual([]);
  expect(buttons('admin', someone('member', 2))).toEqual(['Make an administrator', 'Deactivate…']);
  expect(buttons('admin', someone('owner', 2))).toEqual([]);
  expect(buttons('admin', someone('owner', 2, false))).toEqual([]);
  expect(buttons('admin', someone('admin', 1))).toEqual([]);
  for (const role of ['member', 'guest', 'bot'] as const)
    expect(buttons(role, someone('member', 2)), role).toEqual([]);
});

test('what is asked for is only what the button says', () => {
  const ada = { id: 1, username: 'Ada', role: 'owner' } as const;
  const standings = [someone('member', 2), someone('admin', 3), someone('member', 4, false)].flatMap((user) =>
    offers(ada, user).map(({ standing }) => standing),
  );
  expect(standings).toEqual([
    { role: 'admin' },
    { active: false },
    null,
    { role: 'member' },
    { active: false },
    null,
    { active: true },
    null,
  ]);
});
