import type { Event, MessagePage, Seq } from '../../gen/protocol';
import type { Unsent } from '../socket/outbox.svelte';
import { FakeWorld, history, message, welcome } from '../socket/wires';
import { Conversation } from './conversation.svelte';

/** Ada in a room, for tests: what she sees, what her page says to the server, and what it asks for. */
export class Stage {
  readonly world = new FakeWorld();
  readonly pages: { before: Seq; answer: (page: MessagePage) => void; fail: () => void }[] = [];
  readonly announced: string[] = [];
  kept: readonly Unsent[] = [];
  ada = this.begin();

  begin(unsent: readonly Unsent[] = []): Conversation {
    let count = 0;
    this.ada = new Conversation('Ada', {
      world: this.world,
      nonce: () => `n${(count += 1)}`,
      now: () => Date.UTC(2026, 10, 23, 16),
      page: (_room, before) =>
        new Promise((answer, reject) =>
          this.pages.push({ before, answer, fail: () => reject(new Error('away')) }),
        ),
      keep: (entries) => (this.kept = entries),
      kept: unsent,
      announce: ({ text }) => this.announced.push(text),
      sessionOver: () => undefined,
    });
    this.ada.connection.connect();
    return this.ada;
  }

  get texts(): string[] {
    return this.ada.rows.map((row) => row.text);
  }

  get sends() {
    return this.world.wire.sent.filter((command) => command.type === 'send');
  }

  arrive(...events: Event[]): void {
    this.world.wire.open();
    this.world.wire.say(...events);
  }

  arriveWith(count: number, more = false): void {
    const messages = Array.from({ length: count }, (_, index) => message(index + 1, `m${index + 1}`));
    this.arrive(welcome(count), history(count, messages, { more }));
  }
}
