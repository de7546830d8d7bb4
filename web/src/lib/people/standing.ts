import type { Me, Role, UserPatch, User } from '../../gen/protocol';

/** Something that can be done about an account, in words. */
export interface Offer {
  readonly kind: 'role' | 'active' | 'gone';
  /** What is to become of it; `null` if it is deleted. */
  readonly standing: UserPatch | null;
  readonly button: string;
  /** The question before, but for the name in its middle. */
  readonly question: readonly [before: string, after: string];
  /** What it would mean. */
  readonly means: string;
  /** What is so afterwards, but for the name in front. */
  readonly done: string;
}

const AGAIN = 'They are signed out everywhere, and have to sign in again.';

const promotion: Offer = {
  kind: 'role',
  standing: { role: 'admin' },
  button: 'Make an administrator',
  question: ['Make', ' an administrator?'],
  means: `They will see everyone’s e-mail address, delete what others wrote, and change accounts. ${AGAIN}`,
  done: 'is an administrator.',
};

const demotion: Offer = {
  kind: 'role',
  standing: { role: 'member' },
  button: 'Make a member',
  question: ['Make', ' a member?'],
  means: `They will see no e-mail addresses any more, and change nothing of others. ${AGAIN}`,
  done: 'is a member.',
};

/** The next role of somebody who has one; a program stays one. */
const roles: Partial<Record<Role, Offer>> = {
  owner: { ...promotion, means: `They will own this place no more, but administer it. ${AGAIN}` },
  admin: demotion,
  member: promotion,
  guest: demotion,
};

const deactivation: Offer = {
  kind: 'active',
  standing: { active: false },
  button: 'Deactivate…',
  question: ['Deactivate', '?'],
  means: 'They are signed out everywhere at once, and cannot sign in any more. What they wrote stays.',
  done: 'is deactivated.',
};

const reactivation: Offer = {
  kind: 'active',
  standing: { active: true },
  button: 'Reactivate…',
  question: ['Reactivate', '?'],
  means: 'They can sign in again, with the password as it was.',
  done: 'can sign in again.',
};

const deletion: Offer = {
  kind: 'gone',
  standing: null,
  button: 'Delete…',
  question: ['Delete the account of', ' for good?'],
  means:
    'Their name, e-mail address, picture and settings are gone for good, and nobody else gets the name. What they wrote stays, and is then by “Somebody who left”.',
  done: 'has left for good.',
};

/** What the server would let somebody do about an account. It has the last word. */
export function offers(me: Me, user: User): readonly Offer[] {
  const administers = me.role === 'owner' || (me.role === 'admin' && user.role !== 'owner');
  if (!administers || me.id === user.id) return [];
  const last = me.role === 'owner' ? [deletion] : [];
  if (!user.active) return [reactivation, ...last];
  const role = roles[user.role];
  return [...(role ? [role] : []), deactivation, ...last];
}
