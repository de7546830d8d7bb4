import type { Called, Event, Message, Room } from '../../gen/protocol';
import type { Wire, World } from './connection.svelte';

/** A socket without a network, for tests: what was sent is listed, and the test plays the server. */
export class FakeWire implements Wire {
  onopen: Wire['onopen'] = null;
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  readonly sent: Called[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Called);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.(undefined as never);
  }

  say(...events: Event[]): void {
    for (const event of events) this.onmessage?.({ data: JSON.stringify(event) });
  }

  end(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  get last(): Called {
    return this.sent.at(-1) as Called;
  }
}

export class FakeWorld implements World {
  readonly wires: FakeWire[] = [];
  lives: boolean | null = null;
  chance = 1;
  isWatched = true;

  open(): FakeWire {
    const wire = new FakeWire();
    this.wires.push(wire);
    return wire;
  }

  watched(): boolean {
    return this.isWatched;
  }

  random(): number {
    return this.chance;
  }

  sessionLives(): Promise<boolean | null> {
    return Promise.resolve(this.lives);
  }

  get wire(): FakeWire {
    return this.wires.at(-1) as FakeWire;
  }
}

export function message(seq: number, text: string, more: Partial<Message> = {}): Message {
  const time = new Date(Date.UTC(2026, 10, 23, 15, 0, seq)).toISOString();
  return { id: 1000 + seq, user: 'Grace', text, time, seen: false, room: 1, seq, ...more };
}

interface About {
  epoch?: string;
  seen?: number;
  read?: number;
  /** The rooms that there are beside the Lobby. */
  beside?: Room[];
}

export function welcome(
  seq: number,
  { epoch = 'first', seen = 0, read = 0, beside = [] }: About = {},
): Event {
  const lobby = { id: 1, name: 'Lobby', seq, read_up_to: read, seen_up_to: seen };
  const user = { id: 1, username: 'Ada', role: 'member' } as const;
  return { type: 'hello', user, epoch, rooms: [lobby, ...beside] };
}

export function history(
  seq: number,
  messages: Message[],
  about: { room?: number; reset?: boolean; more?: boolean; deleted?: number[]; live?: boolean } = {},
): Event {
  const { room = 1, reset = true, more = false, deleted = [], live = true } = about;
  return { type: 'history', room, reset, more, messages, deleted, seq, live };
}
