import type {
  Command,
  Done,
  Event,
  History,
  Message,
  MessagePage,
  Me,
  Room,
  RoomId,
  Seq,
} from '../../gen/protocol';
import { HISTORY_PAGE } from '../../gen/protocol';
import { isChange, isNumbered, type Numbered } from '../protocol/changes';
import { type Deeds, deedsOf } from '../messages/deeds';
import type { Edits } from '../messages/edits.svelte';
import { Filling, type Wish } from '../messages/filling.svelte';
import { asChanges, type Changes, happened, type News } from '../messages/news';
import { Reading } from '../messages/reading.svelte';
import { rows } from '../messages/rows';
import { type End, Timeline } from '../messages/timeline.svelte';
import type { Outbox } from '../socket/outbox.svelte';
import { type Held, newest } from './shelf';

/** What a room needs of the line that it is on. */
export interface Ties {
  readonly outbox: Outbox;
  readonly edits: Edits;
  /** What the person is called. */
  me(): string;
  call(command: Command): Promise<Done>;
  /** The page of a room's history that begins behind a place, or ends before it. */
  page(room: RoomId, place: Partial<Record<End, Seq>>, limit: number): Promise<MessagePage>;
  /** Something is missing of a room before what was told of it last: it is to be brought anew from where it is. */
  missed(room: HeldRoom): void;
  /** All that was missed has come. */
  caughtUp(): void;
  /** Something happened to the messages that the page holds. */
  announce(news: News, room: RoomId): void;
}

const NOTHING: Changes = { messages: [], deleted: [] };
/** What was typed in the place of a message stays when the message does not. */
const GONE = 'The message that this was to replace is gone. Try again to send it as a new one.';

/** What a page holds of one room, what is said there, and how both survive a lost connection. */
export class HeldRoom {
  readonly id: RoomId;
  /** As the server told it last; `null` before it has. */
  about = $state.raw<Room | null>(null);
  readonly timeline = new Timeline();
  readonly filling: Filling;
  readonly reading: Reading;
  readonly deeds: Deeds;
  readonly rows = $derived.by(() => {
    const { shown, atOldest } = this.timeline;
    return rows(shown, atOldest ? [] : this.#unsent, this.#ties.me());
  });
  /** Its history has come on the present connection. */
  isOpen = false;
  /** It is asked for, and not all of the answer has come: until then, what comes is part of that or follows it. */
  isResuming = true;

  readonly #ties: Ties;
  readonly #unsent = $derived.by(() => this.#ties.outbox.entries.filter(({ room }) => room === this.id));
  /** What the server counts in; what is held counts in it only once its history has come. */
  #epoch: string | undefined;

  constructor(id: RoomId, ties: Ties) {
    this.id = id;
    this.#ties = ties;
    const { call, page, outbox, edits } = ties;
    this.filling = new Filling(this.timeline, (end, place) => page(id, { [end]: place }, HISTORY_PAGE));
    this.deeds = deedsOf(call, outbox, edits);
    this.reading = new Reading({
      say: (upTo) => call({ type: 'read', room: id, up_to: upTo }),
      messages: () => this.timeline.newest,
      shown: () => this.timeline.seq,
      me: () => ties.me(),
    });
  }

  /** Resolves once the message is kept. */
  say(text: string): Promise<void> {
    return this.#ties.outbox.add(this.id, text);
  }

  /** Has messages come that are missing. */
  async fill(wish: Wish): Promise<void> {
    await this.filling.fill(wish);
    this.#keepOrphans();
  }

  /** Shows the room as this browser kept it. */
  restore({ room, epoch, ...log }: Held): void {
    this.about = room;
    this.timeline.restore(log, epoch);
    this.timeline.seenUpTo = room.seen_up_to;
    this.reading.upTo = room.read_up_to;
  }

  /** What is to be kept of it; `null` if it is not known well enough. */
  held(me: Me, public_url: string | undefined): Held | null {
    const { epoch, loaded, newest: messages, hole, seq, seenUpTo } = this.timeline;
    if (!this.about || !loaded || epoch === undefined) return null;
    const kept = newest(messages);
    const more = hole !== null || kept !== messages;
    const room = { ...this.about, seq, read_up_to: this.reading.upTo, seen_up_to: seenUpTo };
    return { me, room, epoch, seq, public_url, more, messages: kept };
  }

  /** What `hello` tells of it, before its history. */
  welcome(about: Room, epoch: string): void {
    const sameEpoch = this.timeline.epoch === epoch;
    this.about = about;
    this.#epoch = epoch;
    this.timeline.seenUpTo = Math.max(sameEpoch ? this.timeline.seenUpTo : 0, about.seen_up_to);
    this.reading.resume(about.read_up_to, sameEpoch);
  }

  /** Takes what is told of this room. */
  take(event: Event): void {
    if (event.type === 'history') this.#resume(event);
    else if (event.type === 'seen') this.timeline.seenUpTo = Math.max(this.timeline.seenUpTo, event.up_to);
    else if (isNumbered(event)) this.#follow(event);
  }

  /** Lets go of what waits to be sent and is there. */
  settle(stored: readonly Message[] = this.timeline.messages): void {
    this.#ties.outbox.settle(stored, this.#ties.me());
  }

  #resume(history: History): void {
    const { loaded, messages } = this.timeline;
    this.timeline.resume(history, this.#epoch);
    if (loaded && !history.reset) this.#announce(history, messages);
    this.settle(history.messages);
    if (!history.live) return;
    this.isResuming = false;
    this.isOpen = true;
    this.#keepOrphans();
    this.#ties.outbox.opened(this.id);
    this.#ties.caughtUp();
    this.reading.notice();
  }

  /** Takes the next event of the log, which may be of a kind that this page does not know. */
  #follow(event: Numbered): void {
    if (this.isResuming) return;
    const { messages } = this.timeline;
    const becomes = this.timeline.apply(event);
    if (becomes === 'gap') return this.#miss();
    this.#keepOrphans();
    const change = becomes === 'next' && isChange(event) ? event : null;
    const changes = change ? asChanges(change, messages) : NOTHING;
    this.#announce(changes, messages);
    this.settle(changes.messages);
    this.reading.notice();
  }

  #miss(): void {
    this.isResuming = true;
    this.#ties.missed(this);
  }

  /** Has to know what waits to be sent, and so comes before that is settled. */
  #announce(changes: Changes, held: readonly Message[]): void {
    const me = this.#ties.me();
    const misses = (seq: Seq) => this.timeline.misses(seq);
    for (const { what, message } of happened(changes, held, misses)) {
      const { user, text, nonce } = message;
      const here = user === me && this.#unsent.some((entry) => entry.nonce === nonce);
      const told = here && what === 'said' ? 'sent' : what;
      this.#ties.announce({ what: told, user, own: user === me, text }, this.id);
    }
  }

  /** What was typed into an edit whose message is gone becomes a message that is not sent. */
  #keepOrphans(): void {
    const { id, timeline, isOpen, isResuming } = this;
    const { edits, outbox } = this.#ties;
    if (!isOpen || isResuming) return;
    const unsent = new Set(outbox.entries.map((entry) => entry.nonce));
    const part = { room: id, messages: timeline.messages, misses: (seq: Seq) => timeline.misses(seq) };
    for (const text of edits.takeOrphans(part, unsent)) void outbox.add(id, text, GONE);
  }
}
