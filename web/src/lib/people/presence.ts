import type { Card, Event, PresentPeople, UserId } from '../../gen/protocol';

type PresenceEvent = Extract<Event, { type: 'users' | 'presence' }>;

/** Who is online, by name, after the server told the whole set, or who came and went since. */
export function present(online: Iterable<string>, told: PresenceEvent): string[] {
  if (told.type === 'users') return told.users;
  const names = new Set(online);
  for (const name of told.offline) names.delete(name);
  for (const name of told.online) names.add(name);
  return [...names];
}

/** The same by id. Whoever is there in a way that only newer servers know is there. */
export function presentById(online: Iterable<UserId>, told: PresentPeople): ReadonlySet<UserId> {
  const ids = new Set(told.reset ? [] : online);
  for (const { id, state } of told.people) {
    if (state === 'offline') ids.delete(id);
    else ids.add(id);
  }
  return ids;
}

/** How those are called whose cards are known. */
export function namesOf(ids: Iterable<UserId>, cards: ReadonlyMap<UserId, Card>): string[] {
  return [...ids].flatMap((id) => cards.get(id)?.username ?? []);
}
