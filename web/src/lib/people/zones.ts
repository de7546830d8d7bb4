/** The time in a zone, as this reader writes times; `null` if the browser does not know the zone. */
export function timeIn(zone: string, now: number): string | null {
  const format = formatIn(zone, { hour: 'numeric', minute: '2-digit' });
  return format?.format(now) ?? null;
}

/** The weekday there, where it is another one than here. */
export function otherDayIn(zone: string, now: number): string | null {
  const there = formatIn(zone, { weekday: 'long' })?.format(now);
  const here = new Intl.DateTimeFormat(undefined, { weekday: 'long' }).format(now);
  return there === undefined || there === here ? null : there;
}

function formatIn(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat(undefined, { ...options, timeZone });
  } catch {
    return null;
  }
}

/** Where the clock of this browser is. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zones that one may choose from, by the part of the world; with the one that is chosen, if it has another name here. */
export function zonesBy(chosen: string): ReadonlyMap<string, readonly string[]> {
  const known = Intl.supportedValuesOf('timeZone').filter((zone) => zone.includes('/'));
  const all = [...new Set([...known, ownZone(), chosen])].filter((zone) => zone !== '').sort();
  const parts = new Map<string, string[]>();
  for (const zone of all) parts.set(partOf(zone), [...(parts.get(partOf(zone)) ?? []), zone]);
  return parts;
}

const partOf = (zone: string) => zone.split('/')[0] ?? zone;

/** A zone as people read it. */
export const cityOf = (zone: string): string =>
  zone.split('/').slice(1).join(', ').replaceAll('_', ' ') || zone;
