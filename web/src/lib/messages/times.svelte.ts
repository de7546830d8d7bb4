const DAY_MS = 86_400_000;
/** How late a page may notice by itself that the machine slept, or is in another zone: nothing tells pages so. */
const LOOK_MS = 15_000;

/** How this reader names moments and days: in their language and their time zone, as both were when it was made. */
export class Calendar {
  readonly #language: string | undefined;
  readonly #settings: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #complete: Intl.DateTimeFormat;
  readonly #wholeDay: Intl.DateTimeFormat;
  readonly #nearDay: Intl.DateTimeFormat;
  readonly #farDay: Intl.DateTimeFormat;
  readonly #relative: Intl.RelativeTimeFormat;

  constructor(language?: string) {
    this.#language = language;
    this.#settings = settings(language);
    this.#clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
    this.#complete = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' });
    this.#wholeDay = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
    this.#nearDay = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
    this.#farDay = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  }

  /** Whether one that was made at this moment would say the same. */
  holds(): boolean {
    return this.#settings === settings(this.#language);
  }

  timeOf(at: number): string {
    return this.#clock.format(at);
  }

  fullTimeOf(at: number): string {
    return this.#complete.format(at);
  }

  /** A day by its whole date, wherever and whenever it is read. */
  wholeDayOf(at: number): string {
    return this.#wholeDay.format(at);
  }

  /** The reader's day as a machine writes it: `2026-11-23`. */
  dayOf(at: number): string {
    return new Date(dayNumber(at) * DAY_MS).toISOString().slice(0, 10);
  }

  /** Names a day from where the reader stands: today, yesterday, and then by its date. */
  dayName(at: number, today: number): string {
    const days = dayNumber(at) - dayNumber(today);
    if (days === 0 || days === -1) return capitalised(this.#relative.format(days, 'day'));
    const sameYear = new Date(at).getFullYear() === new Date(today).getFullYear();
    return capitalised((sameYear ? this.#nearDay : this.#farDay).format(at));
  }
}

/** The one clock that everything on the page takes its days and times from, so that they are as after a reload. */
export class Clock {
  /** A moment of the present day. */
  today = $state(Date.now());
  /** A moment of the present minute. */
  now = $state(Date.now());
  calendar = $state.raw(new Calendar());
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks whether it is another day, in another place or language. */
  look(): void {
    if (!this.calendar.holds()) this.calendar = new Calendar();
    const now = Date.now();
    if (dayNumber(now) !== dayNumber(this.today)) this.today = now;
    if (minuteNumber(now) !== minuteNumber(this.now)) this.now = now;
  }

  /** Looks at midnight, whenever somebody comes back, and now and then while the page is seen. */
  start(): () => void {
    const look = () => {
      this.look();
      clearTimeout(this.#timer);
      if (document.visibilityState === 'visible') this.#timer = setTimeout(look, untilNextLook(Date.now()));
    };
    const end = new AbortController();
    for (const event of ['visibilitychange', 'resume'])
      document.addEventListener(event, look, { signal: end.signal });
    for (const event of ['pageshow', 'focus', 'languagechange'])
      window.addEventListener(event, look, { signal: end.signal });
    look();
    return () => {
      end.abort();
      clearTimeout(this.#timer);
    };
  }
}

export const clock = new Clock();

export const timeOf = (at: number) => clock.calendar.timeOf(at);
export const fullTimeOf = (at: number) => clock.calendar.fullTimeOf(at);
export const wholeDayOf = (at: number) => clock.calendar.wholeDayOf(at);
export const dayOf = (at: number) => clock.calendar.dayOf(at);
export const dayName = (at: number) => clock.calendar.dayName(at, clock.today);
export const isToday = (at: number) => dayNumber(at) === dayNumber(clock.today);
export const isoOf = (at: number) => new Date(at).toISOString();

/** Milliseconds until the next midnight here, or until the next look if that is sooner. */
export function untilNextLook(now: number): number {
  return Math.min(LOOK_MS, new Date(now).setHours(24, 0, 0, 0) - now);
}

const minuteNumber = (at: number) => Math.floor(at / 60_000);

/** Counts the reader's days, each one long, however many hours it has. */
function dayNumber(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS;
}

function settings(language: string | undefined): string {
  const { locale, timeZone, hourCycle } = new Intl.DateTimeFormat(language, {
    hour: 'numeric',
  }).resolvedOptions();
  return `${locale} ${timeZone} ${hourCycle}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
