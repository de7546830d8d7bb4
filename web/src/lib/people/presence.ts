import type { Event } from '../../gen/protocol';

type PresenceEvent = Extract<Event, { type: 'users' | 'presence' }>;

/** Who is online after the server told the whole set, or who came and went since. */
export function present(online: Iterable<string>, told: PresenceEvent): string[] {
  if (told.type === 'users') return told.users;
  const names = new Set(online);
  for (const name of told.offline) names.delete(name);
  for (const name of told.online) names.add(name);
  return [...names];
}
