import type { Message, Seq } from '../../gen/protocol';
import { type Self, wrote } from '../protocol/self';

const PAUSE_MS = 300;

export interface Reader {
  /** Tells the server. */
  say(upTo: Seq): Promise<unknown>;
  messages(): readonly Message[];
  /** Whether the person does not want to hear whoever said it. */
  isMuted(message: Message): boolean;
  /** The number of the last change shown. */
  shown(): Seq;
  me(): Self;
  /** Whether nothing is said any more where one reads: then what was done last there is read, too. */
  isStill(): boolean;
}

/** Up to where this person has read, which is told to the server when the newest has been before their eyes. */
export class Reading {
  upTo = $state<Seq>(0);
  /** The page has the focus and shows the newest message. */
  attentive = $state(false);

  readonly #reader: Reader;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** How many messages of others wait to be read, but for those whom one does not want to hear. */
  get unread(): number {
    return this.#behind().filter((message) => !this.#reader.isMuted(message)).length;
  }

  /** What others have said since. */
  #behind(): readonly Message[] {
    const messages = this.#reader.messages();
    const me = this.#reader.me();
    const read = messages.findLastIndex(({ seq }) => seq <= this.upTo);
    return messages.slice(read + 1).filter((message) => !wrote(me, message));
  }

  #isBehind(): boolean {
    const { isStill, shown } = this.#reader;
    return this.#behind().length > 0 || (isStill() && shown() > this.upTo);
  }

  /** What another page or device of this person has read counts too. */
  resume(upTo: Seq, sameEpoch: boolean): void {
    this.upTo = sameEpoch ? Math.max(this.upTo, upTo) : upTo;
    this.notice();
  }

  /** Called when something came or the person came back. */
  notice(): void {
    if (!this.attentive || this.#timer !== undefined || !this.#isBehind()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#tell();
    }, PAUSE_MS);
  }

  async #tell(): Promise<void> {
    if (!this.attentive || !this.#isBehind()) return;
    const before = this.upTo;
    const shown = this.#reader.shown();
    this.upTo = shown;
    try {
      await this.#reader.say(shown);
    } catch {
      // Another device may have read on meanwhile.
      if (this.upTo === shown) this.upTo = before;
    }
  }
}
