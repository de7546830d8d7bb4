import type { ListedRoom, RoomId } from '../../gen/protocol';
import type { RoomCalls } from './calls';

/** Whoever types goes on typing: not every letter is asked about. */
const PAUSE_MS = 200;

/** A search in the directory of rooms. */
export class Finding {
  state = $state<'loading' | 'failed' | 'ready'>('loading');
  /** Why it failed, for people. */
  problem = $state('');
  rooms = $state.raw<readonly ListedRoom[]>([]);
  /** There are more behind the last one. */
  more = $state(false);
  /** What the rooms were looked for by. */
  words = $state('');
  readonly #find: RoomCalls['find'];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the questions: an answer to one that is not the last is of no use any more. */
  #asked = 0;

  constructor(find: RoomCalls['find']) {
    this.#find = find;
  }

  /** Looks for other words, once no more of them come for a moment. */
  type(words: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(words.trim()), PAUSE_MS);
  }

  /** Looks at once. What was found before stays until there is an answer. */
  look(words = this.words): Promise<void> {
    clearTimeout(this.#timer);
    this.words = words;
    return this.#ask([]);
  }

  /** Those behind the last one. */
  goOn(): Promise<void> {
    return this.#ask(this.rooms);
  }

  /** One belongs to it from now on. */
  joined(id: RoomId): void {
    this.rooms = this.rooms.map((room) =>
      room.id === id && !room.member ? { ...room, member: true, members: room.members + 1 } : room,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  async #ask(before: readonly ListedRoom[]): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    this.state = 'loading';
    try {
      const { rooms, more } = await this.#find(this.words, before.at(-1)?.id);
      if (mine !== this.#asked) return;
      this.rooms = [...before, ...rooms];
      this.more = more;
      this.state = 'ready';
    } catch (error) {
      if (mine !== this.#asked) return;
      this.problem = (error as Error).message;
      this.state = 'failed';
    }
  }
}
