import type { Message, RoomId, Seq, UserId } from '../../gen/protocol';
import type { Handle } from './hand.svelte';

/** What somebody has typed to take the place of a message, and has neither saved nor let go. */
export interface EditDraft {
  readonly handle: Handle;
  readonly room: RoomId;
  /** The message's place in the log; none if it is not stored. */
  readonly seq: Seq | null;
  readonly text: string;
}

/** Where edits are while the page is away. It may keep nothing, but it does not fail. */
export interface Drawer {
  look(): string | null;
  put(text: string): void;
  /** Whose edits they are from now on; whether that was not known, and there may be others than before. */
  known(id: UserId): boolean;
}

/** What is held of a room's log. */
export interface Part {
  readonly room: RoomId;
  readonly messages: readonly Message[];
  /** Whether a message with this number may be there and is not held. */
  misses(seq: Seq): boolean;
}

/** Edits that are not saved, whether their forms are open or not: as dear as what is typed into the composer. */
export class Edits {
  all = $state.raw<readonly EditDraft[]>([]);
  readonly #drawer: Drawer;

  constructor(drawer: Drawer) {
    this.#drawer = drawer;
    this.all = read(drawer.look());
  }

  /** Whose they are is known: what was kept for this person before is there, too, and what is here is theirs. */
  known(id: UserId): void {
    if (!this.#drawer.known(id)) return;
    const fresh = read(this.#drawer.look()).filter(({ handle }) => this.of(handle) === null);
    const all = [...fresh, ...this.all];
    if (all.length > 0) this.#set(all);
  }

  of(handle: Handle): string | null {
    return this.all.find((edit) => edit.handle === handle)?.text ?? null;
  }

  keep(edit: EditDraft): void {
    this.#set([...this.all.filter(({ handle }) => handle !== edit.handle), edit]);
  }

  letGo(handle: Handle): void {
    if (this.of(handle) !== null) this.#set(this.all.filter((edit) => edit.handle !== handle));
  }

  /** The person is in this room no more. */
  leave(room: RoomId): void {
    if (this.all.some((edit) => edit.room === room)) this.#set(this.all.filter((edit) => edit.room !== room));
  }

  /** Takes out those whose message is gone for certain, and those that say what their message says by now. */
  takeOrphans({ room, messages, misses }: Part, unsent: ReadonlySet<string>): readonly string[] {
    if (this.all.length === 0) return [];
    const texts = new Map<Handle, string>(messages.map(({ id, text }) => [id, text]));
    const isGone = ({ handle, seq }: EditDraft) =>
      seq === null ? !unsent.has(String(handle)) : !misses(seq) && !texts.has(handle);
    const orphans = this.all.filter((edit) => edit.room === room && isGone(edit));
    const saved = this.all.filter(({ handle, text }) => texts.get(handle) === text);
    if (orphans.length + saved.length > 0)
      this.#set(this.all.filter((edit) => !orphans.includes(edit) && !saved.includes(edit)));
    return orphans.map(({ text }) => text);
  }

  #set(all: readonly EditDraft[]): void {
    this.all = all;
    this.#drawer.put(JSON.stringify(all));
  }
}

function read(text: string | null): readonly EditDraft[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? (found as EditDraft[]) : [];
  } catch {
    return [];
  }
}
