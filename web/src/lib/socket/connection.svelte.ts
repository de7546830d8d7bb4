import type { Called, Command, Done, Event, Failed, Hello } from '../../gen/protocol';
import { Backoff, restartDelay } from './backoff';
import { eventIn } from './events';
import { Pending } from './pending';
import { Pulse } from './pulse';
import { Refusal, verdictOn } from './refusal';

const SESSION_OVER = 4001;
const SERVER_RESTARTS = 1012;
const TOO_MANY = 4029;
/** What was on its way when the browser noticed that the network is gone still comes. */
const DOUBT_MS = 5_000;
/** Whoever was told to slow down does so. */
const SLOWER_MS = 10_000;
/** How long it may take until `hello` is answered, connecting included. */
const CONNECT_MS = 10_000;

/** What is needed of a WebSocket. */
export interface Wire {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface World {
  open(): Wire;
  random(): number;
  /** Whether somebody sees the page. */
  watched(): boolean;
  /** Whether the session still lives; `null` if nobody answered. A refused handshake does not say why. */
  sessionLives(): Promise<boolean | null>;
}

export interface Listener {
  /** Where to go on from; plainly, for a server that knows no `follow`. */
  hello(isPlain: boolean): Hello;
  receive(event: Event): void;
  lost(): void;
  sessionOver(): void;
}

/** `connecting` until `hello` is answered, `waiting` between attempts, `resting` while the page is kept. */
export type Phase = 'connecting' | 'open' | 'waiting' | 'resting' | 'over';

/** What a person is told about the connection: `unanswered` before there was one, `lost` after that. */
export type Trouble = 'offline' | 'late' | 'lost' | 'unanswered';

/** One socket that stays: connects, says `hello`, returns when it is lost, and carries commands and answers. */
export class Connection {
  phase = $state<Phase>('connecting');
  /** Whether the last attempt has failed, or what came of it is lost. */
  #isTroubled = $state(false);
  /** Whether it was open before: coming back is told apart from arriving. */
  wasOpen = $state(false);
  /** What was said has been waiting for its answer for longer than it should. */
  late = $state(false);
  /** Whether the server at its other end knows no `follow`: it tells of all rooms, and is asked for what is missing by `greet`. */
  isPlain = false;

  /** Lost, or not found: there is something to say about it. */
  readonly away = $derived(this.phase === 'waiting' || (this.phase === 'connecting' && this.#isTroubled));
  /** The browser says that there is no network, and nothing has shown since that there is one all the same. */
  offline = $state(false);
  /** What there is to say about it; `null` if nothing. */
  readonly trouble = $derived.by((): Trouble | null => {
    if (this.offline) return 'offline';
    if (this.late) return 'late';
    if (this.away) return this.wasOpen ? 'lost' : 'unanswered';
    return null;
  });
  readonly well = $derived(this.trouble === null);

  readonly #world: World;
  readonly #listener: Listener;
  readonly #pending = new Pending({
    late: (isLate) => this.#isLate(isLate),
    unanswered: () => this.#drop(),
  });
  readonly #pulse = new Pulse(
    () => this.#ask(),
    () => this.#drop(),
  );
  readonly #backoff: Backoff;
  #wire: Wire | null = null;
  #opened = false;
  #doubt = false;
  #doubting: ReturnType<typeof setTimeout> | undefined;
  /** Handshakes that were refused, in a row. */
  #refusals = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(world: World, listener: Listener) {
    this.#world = world;
    this.#listener = listener;
    this.#backoff = new Backoff(() => world.random());
  }

  connect(): void {
    clearTimeout(this.#timer);
    this.phase = 'connecting';
    this.#opened = this.isPlain = false;
    const wire = this.#world.open();
    this.#wire = wire;
    wire.onopen = () => {
      this.#opened = true;
      this.#hello();
    };
    wire.onmessage = ({ data }) => this.#read(data);
    wire.onclose = ({ code, reason }) => void this.#closed(code, reason);
    this.#expectWelcome(CONNECT_MS);
  }

  /** Asks a plain server for all that is missing. */
  greet(): void {
    this.#expectWelcome(CONNECT_MS);
    this.#hello();
  }

  /** Does not wait for the end of the pause between attempts. */
  retryNow(): void {
    if (this.phase === 'waiting' || this.phase === 'resting') this.connect();
  }

  /** The browser puts the page away, and may bring it back: a connection would not outlast that, and is not missed. */
  rest(): void {
    if (!this.#wire && this.phase !== 'waiting') return;
    this.#release();
    this.phase = 'resting';
    this.#isTroubled = false;
    this.#listener.lost();
  }

  /** The browser says that there is no network. It may be wrong: what comes some time after that proves it. */
  wentOffline(): void {
    this.offline = true;
    this.#doubt = false;
    clearTimeout(this.#doubting);
    this.#doubting = setTimeout(() => (this.#doubt = true), DOUBT_MS);
    if (this.phase === 'open') this.#pulse.ask();
  }

  wentOnline(): void {
    this.offline = false;
    this.probe();
  }

  call(command: Command): Promise<Done> {
    if (this.phase !== 'open') return Promise.reject(Refusal.lost());
    return this.#pending.call(command, (called) => this.#transmit(called));
  }

  /** The person or the network is back, or the network is another one: whatever was before may be gone. */
  probe(): void {
    this.retryNow();
    if (this.phase === 'open') this.#pulse.ask();
  }

  stop(): void {
    this.phase = 'over';
    clearTimeout(this.#doubting);
    this.#release();
  }

  /** A `hello` that is refused or not heard is said again, on another connection. */
  #expectWelcome(within: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), within);
  }

  #hello(): void {
    this.#transmit({ type: 'hello', ...this.#listener.hello(this.isPlain) });
  }

  #transmit(called: Called): void {
    this.#wire?.send(JSON.stringify(called));
  }

  #read(data: unknown): void {
    const event = eventIn(data);
    // Something may be lost with it: what is true is told anew, if this is the server at all.
    if (!event) return this.#drop();
    if (this.phase === 'open') this.#pulse.heard();
    if (this.#doubt) this.offline = false;
    if (event.type === 'ok') return this.#pending.done(event);
    if (event.type === 'error' && verdictOn(event.code) === 'session_over') return this.#over();
    if (event.type === 'error' && this.#isTooNew(event)) return this.#greetPlainly();
    if (event.type === 'error') return this.#pending.failed(event);
    if (event.type === 'hello') this.#welcomed();
    this.#listener.receive(event);
  }

  /** Whether an older server has not understood the `hello` that follows: nothing else has been said to it. */
  #isTooNew({ code }: Failed): boolean {
    return this.phase === 'connecting' && !this.isPlain && code === 'unknown_field';
  }

  #greetPlainly(): void {
    this.isPlain = true;
    this.greet();
  }

  #welcomed(): void {
    clearTimeout(this.#timer);
    this.#backoff.reset();
    this.#refusals = 0;
    this.#isTroubled = this.offline = false;
    this.phase = 'open';
    this.wasOpen = true;
    this.#pulse.heard();
  }

  /** Asks for an answer. A mark that is no further than any other moves nothing. */
  #ask(): void {
    this.call({ type: 'read', up_to: 0 }).catch(() => undefined);
  }

  #isLate(isLate: boolean): void {
    this.late = isLate;
    if (isLate) this.#pulse.ask();
  }

  /** Gives up on a wire that does not answer: its own `close` may take minutes to be noticed. */
  #drop(): void {
    this.#release();
    this.#wait(this.#pause());
  }

  async #closed(code: number, reason: string): Promise<void> {
    const opened = this.#opened;
    this.#release();
    if (this.phase === 'over') return;
    if (code === SESSION_OVER) return this.#over();
    this.#wait(this.#delay(code, reason));
    if (!opened && this.#wonders() && (await this.#world.sessionLives()) === false) this.#over();
  }

  /** A handshake is refused to whoever has no session, and to everybody by a server that is full: asked ever more seldom. */
  #wonders(): boolean {
    this.#refusals += 1;
    return Number.isInteger(Math.log2(this.#refusals));
  }

  #delay(code: number, reason: string): number {
    const told = code === SERVER_RESTARTS ? restartDelay(reason) : null;
    return told ?? this.#pause() + (code === TOO_MANY ? SLOWER_MS : 0);
  }

  #pause(): number {
    return this.#backoff.next(this.#world.watched());
  }

  #over(): void {
    this.stop();
    this.#listener.sessionOver();
  }

  #wait(delay: number): void {
    this.phase = 'waiting';
    this.#isTroubled = true;
    this.#listener.lost();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), delay);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#pulse.stop();
    const wire = this.#wire;
    this.#wire = null;
    if (wire) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
    this.#pending.lose();
  }
}
