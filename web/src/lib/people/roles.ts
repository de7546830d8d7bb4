import type { Role } from '../../gen/protocol';

/** What people may do in the house, in a word. */
const WORDS: Partial<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Administrator',
  member: 'Member',
  guest: 'Guest',
  bot: 'Bot',
};

/** A newer server may have roles that have no word here. */
export const roleWord = (role: Role): string => WORDS[role] ?? role;
