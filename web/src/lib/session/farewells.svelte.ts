import { sha256 } from '@noble/hashes/sha2.js';
import { notOurs, ProblemError } from './api';
import { calls } from './calls';
import { ofBrowser, ofTab } from './pockets';

const PREFIX = 'farewell ';
/** How long after a farewell that was not heard it is said again, at most: while the page is looked at, and while not. */
const WATCHED_MS = 5_000;
const UNWATCHED_MS = 60_000;

/**
 * Sessions that somebody left here, until the server says that they are over. What is kept of one ends it and opens
 * nothing, so that it may lie about; each page of this browser tries until it is heard.
 */
export class Farewells {
  /** `unheard` from the first time that nobody heard one, until all are heard. */
  state = $state<'none' | 'saying' | 'unheard' | 'heard'>('none');
  /** Why the last one was not heard. */
  problem = $state('');
  /** Those that the browser has no room for. */
  readonly #here = new Set<string>();
  #saying = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Goes on with what earlier pages left to say. */
  start(): void {
    addEventListener('online', () => void this.say());
    addEventListener('pageshow', ({ persisted }) => persisted && void this.say());
    addEventListener('storage', ({ key }) => (key === null || isFarewell(key)) && void this.say());
    document.addEventListener('visibilitychange', () => !document.hidden && void this.say());
    void this.say();
  }

  keep(token: string): void {
    const name = PREFIX + farewellOf(token);
    if (!ofBrowser.put(name, '') && !ofTab.put(name, '')) this.#here.add(name);
  }

  async say(): Promise<void> {
    if (this.#saying) return;
    clearTimeout(this.#timer);
    this.#saying = true;
    let wait: number | null = null;
    for (const name of this.#left()) {
      if (this.state !== 'unheard') this.state = 'saying';
      const problem = await unheard(name.slice(PREFIX.length));
      if (problem) wait = this.#complain(problem);
      else this.#drop(name);
    }
    this.#saying = false;
    if (wait !== null) this.#timer = setTimeout(() => void this.say(), wait);
    else if (this.#left().length > 0) void this.say();
    else if (this.state !== 'none') this.state = 'heard';
  }

  #complain({ message, retryAfter }: ProblemError): number {
    this.state = 'unheard';
    this.problem = message;
    const longest = document.hidden ? UNWATCHED_MS : WATCHED_MS;
    return retryAfter === undefined ? longest * (1 - Math.random() / 2) : retryAfter * 1_000;
  }

  #left(): readonly string[] {
    return [...new Set([...ofBrowser.names(), ...ofTab.names(), ...this.#here])].filter(isFarewell);
  }

  #drop(name: string): void {
    ofBrowser.drop(name);
    ofTab.drop(name);
    this.#here.delete(name);
  }
}

export const farewells = new Farewells();

export function isFarewell(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Ends the session of this token, as docs/protocol.md has it. Browsers hash by themselves on secure pages alone. */
function farewellOf(token: string): string {
  const hash = sha256(new TextEncoder().encode(token));
  return btoa(String.fromCharCode(...hash)).replace(/[+/=]/g, (sign) => ({ '+': '-', '/': '_' })[sign] ?? '');
}

/** Nothing once the server has said that this session is over; else why it has not. */
async function unheard(farewell: string): Promise<ProblemError | null> {
  try {
    await calls.logOut(farewell);
    // An answer without a body may be anybody's. Of a session that is over, the server says so in words.
    await calls.logOut(farewell);
    return notOurs(204);
  } catch (error) {
    const problem = error as ProblemError;
    return problem.endsSession ? null : problem;
  }
}
