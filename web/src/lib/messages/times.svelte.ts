const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const complete = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const nearDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const farDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const DAY_MS = 86_400_000;

export const timeOf = (at: number) => clock.format(at);
export const fullTimeOf = (at: number) => complete.format(at);
export const isoOf = (at: number) => new Date(at).toISOString();

/** Names a day from where the reader stands: today, yesterday, and then by its date. */
export function dayName(at: number, today: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(today)) / DAY_MS);
  if (days === 0 || days === -1) return capitalised(relative.format(days, 'day'));
  const sameYear = new Date(at).getFullYear() === new Date(today).getFullYear();
  return capitalised((sameYear ? nearDay : farDay).format(at));
}

/** A day that becomes the next one at midnight, so that a page left open does not lie. */
export class Today {
  at = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): () => void {
    const midnight = startOfDay(Date.now()) + DAY_MS + 3_600_000;
    this.#timer = setTimeout(
      () => {
        this.at = Date.now();
        this.start();
      },
      startOfDay(midnight) - Date.now(),
    );
    return () => clearTimeout(this.#timer);
  }
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
