import { clock } from '../../lib/messages/times.svelte';
import { namesIn } from '../../lib/people/named';
import { pictureOf } from '../../lib/people/pictures';
import { statusAt } from '../../lib/people/status';
import type { Going } from '../../lib/rooms/going.svelte';
import type { Line } from '../../lib/rooms/line.svelte';
import type { Society } from '../people/society';

/** The people of whom the line tells, each with a card that one may go to. */
export function circleOf(line: Line, going: Pick<Going, 'show'>): Society {
  const ids = $derived(new Map([...line.cards].map(([id, { username }]) => [username, id])));
  return {
    get me() {
      return line.me?.id ?? null;
    },
    called: (id, username) => namesIn(line.cards).of(id, username),
    idOf: (username) => ids.get(username) ?? null,
    pictureOf: (id) =>
      pictureOf(id, id === line.me?.id ? (line.profile ?? undefined) : line.cards.get(id)?.profile),
    statusOf: (id) => statusAt(clock.now, line.cards.get(id)?.profile),
    signOf: (whom) => line.presences.signOf(whom, line.me?.id, line.cards),
    show: (id) => going.show('person', id),
  };
}
