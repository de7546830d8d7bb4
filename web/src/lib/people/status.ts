import type { PersonStatus, Profile } from '../../gen/protocol';

const MINUTE = 60_000;

/** When a status may end. */
export const ENDS = {
  never: 'Until I take it away',
  half: 'In half an hour',
  hour: 'In an hour',
  four: 'In four hours',
  today: 'At the end of today',
  week: 'At the end of this week',
} as const;

export type StatusEnd = keyof typeof ENDS;

/** The moment of such an end, by the clock of whoever chooses; weeks end on Sunday. */
export function endOf(end: StatusEnd, now: number): string | undefined {
  const date = new Date(now);
  switch (end) {
    case 'never':
      return undefined;
    case 'half':
      return new Date(now + 30 * MINUTE).toISOString();
    case 'hour':
      return new Date(now + 60 * MINUTE).toISOString();
    case 'four':
      return new Date(now + 240 * MINUTE).toISOString();
    case 'today':
      date.setHours(24, 0, 0, 0);
      return date.toISOString();
    case 'week':
      date.setHours(24 * (((7 - date.getDay()) % 7) + 1), 0, 0, 0);
      return date.toISOString();
  }
}

/** What somebody says of how they are, unless that is over: nobody is told when it ends. */
export function statusAt(now: number, profile: Profile | undefined): PersonStatus | null {
  const status = profile?.status;
  if (!status || (status.until !== undefined && Date.parse(status.until) <= now)) return null;
  return status;
}
