import type { Availability } from '../../gen/protocol';

const HOUR_MS = 3_600_000;
/** When a day begins for who did not want to be disturbed. */
const MORNING = 8;

/** What one can choose: how one is now, and what it would be. */
export type Manner = 'online' | 'hour' | 'morning' | 'busy' | 'hidden';

/** What is chosen now. A time without disturbance that was chosen before stands as it is until it is over. */
export function chosen({ hidden, busy_until }: Availability, now: number): Manner {
  if (hidden) return 'hidden';
  return busy_until !== undefined && Date.parse(busy_until) > now ? 'busy' : 'online';
}

/** What a choice comes to. */
export function wanted(choice: Manner, before: Availability, now: number): Availability {
  switch (choice) {
    case 'hidden':
      return { hidden: true };
    case 'hour':
      return { busy_until: new Date(now + HOUR_MS).toISOString() };
    case 'morning':
      return { busy_until: new Date(nextMorning(now)).toISOString() };
    case 'busy':
      return before;
    case 'online':
      return {};
  }
}

function nextMorning(now: number): number {
  const morning = new Date(now).setHours(MORNING, 0, 0, 0);
  return morning > now ? morning : new Date(morning).setDate(new Date(morning).getDate() + 1);
}
