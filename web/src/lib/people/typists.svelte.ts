import { SvelteMap } from 'svelte/reactivity';
import type { PersonTyping, RoomId, UserId } from '../../gen/protocol';

/** Whoever has stopped says nothing of it. */
const GONE_AFTER_MS = 6_000;
/** The server heeds no more. */
const SAID_EVERY_MS = 3_000;
/** More names are a crowd. */
const NAMED_MAX = 3;

/** Who is writing where, and when one says so oneself. */
export class Typists {
  /** When each began to be forgotten, by room and person. */
  readonly #timers = new SvelteMap<string, ReturnType<typeof setTimeout>>();
  #said: { room: RoomId; at: number } | null = null;

  heard({ room, user }: PersonTyping): void {
    this.#forget(room, user);
    const timer = setTimeout(() => this.#timers.delete(nameOf(room, user)), GONE_AFTER_MS);
    this.#timers.set(nameOf(room, user), timer);
  }

  /** Their message has come. */
  said(room: RoomId, user: UserId): void {
    this.#forget(room, user);
  }

  /** The connection is lost, and with it whatever was to come. */
  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#said = null;
  }

  /** Those who write in a room, the one who began last at the end. */
  in(room: RoomId): UserId[] {
    const opening = `${room} `;
    const here = [...this.#timers.keys()].filter((name) => name.startsWith(opening));
    return here.map((name) => Number(name.slice(opening.length)));
  }

  /** One writes oneself. Answers whether to say so. */
  writes(room: RoomId, now: number): boolean {
    if (this.#said && this.#said.room === room && now - this.#said.at < SAID_EVERY_MS) return false;
    this.#said = { room, at: now };
    return true;
  }

  #forget(room: RoomId, user: UserId): void {
    const name = nameOf(room, user);
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

const nameOf = (room: RoomId, user: UserId) => `${room} ${user}`;

/** What is told of those who write: by name, as long as they are few. */
export function writing(names: readonly string[]): { names: readonly string[]; after: string } {
  if (names.length > NAMED_MAX) return { names: [], after: 'Several people are writing…' };
  return { names, after: names.length === 1 ? 'is writing…' : 'are writing…' };
}
