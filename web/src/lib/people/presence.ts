import type { Card, Event, PersonPresence, PresentPeople, UserId } from '../../gen/protocol';

type PresenceEvent = Extract<Event, { type: 'users' | 'presence' }>;

/** How people are there, by id, as the server told it last. */
export type PresenceById = ReadonlyMap<UserId, PersonPresence>;

/** How somebody is drawn: `busy` stands beside the rest. */
export interface PresenceShown {
  readonly state: 'online' | 'away' | 'offline';
  readonly busy: boolean;
}

/** Who is online, by name, after the server told the whole set, or who came and went since. */
export function present(online: Iterable<string>, told: PresenceEvent): string[] {
  if (told.type === 'users') return told.users;
  const names = new Set(online);
  for (const name of told.offline) names.delete(name);
  for (const name of told.online) names.add(name);
  return [...names];
}

/** The same by id. */
export function presentById(before: PresenceById, told: PresentPeople): PresenceById {
  const people = new Map(told.reset ? [] : before);
  for (const person of told.people) people.set(person.id, person);
  return people;
}

/** How those are called who are there, as far as their cards are known. */
export function namesOf(people: PresenceById, cards: ReadonlyMap<UserId, Card>): string[] {
  const here = [...people.values()].filter(({ state }) => state !== 'offline');
  return here.flatMap(({ id }) => cards.get(id)?.username ?? []);
}

/** How somebody is drawn. Whoever is there in a way that only newer servers know is there. */
export function shownOf(person: PersonPresence | undefined, now: number): PresenceShown {
  const state = person?.state ?? 'offline';
  const busy = person?.busy !== undefined && Date.parse(person.busy) > now;
  return { state: state === 'offline' || state === 'away' ? state : 'online', busy };
}

/** The same in words. */
export function wordsOf({ state, busy }: PresenceShown): string {
  const words = { online: 'online', away: 'away', offline: 'offline' }[state];
  return busy ? `${words}, does not want to be disturbed` : words;
}

/** The first of these, each once, in rising order: no more are watched by one page. */
export function toWatch(wanted: Iterable<UserId>, most: number): UserId[] {
  const people = new Set<UserId>();
  for (const id of wanted) {
    if (people.size === most) break;
    people.add(id);
  }
  return [...people].sort((left, right) => left - right);
}
