import type {
  Command,
  Done,
  Entry,
  Event,
  History,
  Message,
  MessageId,
  MessagePage,
  Me,
  Room,
  RoomId,
  Seq,
  UserId,
} from '../../gen/protocol';
import { HISTORY_PAGE } from '../../gen/protocol';
import { isChange, isNumbered, type Numbered } from '../protocol/changes';
import { isEntry, stateOf } from '../protocol/entries';
import { type Self, wrote } from '../protocol/self';
import { Comings } from '../messages/comings.svelte';
import { type Deeds, deedsOf } from '../messages/deeds';
import { folded } from '../messages/folding';
import type { Edits } from '../messages/edits.svelte';
import { Filling, type Wish } from '../messages/filling.svelte';
import { asChanges, type Changes, happened, type News } from '../messages/news';
import { Reading } from '../messages/reading.svelte';
import { rows } from '../messages/rows';
import { type End, Timeline } from '../messages/timeline.svelte';
import type { Outbox } from '../socket/outbox.svelte';
import { type Held, newest } from './shelf';
import { becoming } from './becoming';

/** What a room needs of the line that it is on. */
export interface Ties {
  readonly outbox: Outbox;
  readonly edits: Edits;
  /** Whose page it is. */
  me(): Self;
  /** Whether they do not want to hear this one. */
  isMuted(id: UserId | null | undefined): boolean;
  /** What the server counts in, as the last `hello` says; what is held counts in it only once its history has come. */
  epoch(): string;
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
  /** Whether it is among the rooms that the person has; else they only look at it. */
  isOurs = $state(false);
  /** There is no such room, or it is not for this person to see. */
  isMissing = $state(false);
  readonly timeline = new Timeline();
  readonly comings = new Comings();
  readonly filling: Filling;
  readonly reading: Reading;
  readonly deeds: Deeds;
  readonly rows = $derived.by(() => {
    const { shown, atOldest, hole } = this.timeline;
    const [from, to] = atOldest ? [0, hole?.after ?? 0] : [hole?.before ?? 0, Infinity];
    const comings = this.comings.inOrder.filter(({ seq }) => from <= seq && seq <= to);
    const all = rows(shown, atOldest ? [] : this.#unsent, this.#ties.me(), comings);
    return folded(all, (by) => this.#ties.isMuted(by), this.#unfolded);
  });
  /** The last message that is known of it. */
  readonly lastWord = $derived.by(() => (this.timeline.loaded ? this.timeline.newest.at(-1) : this.#passed));
  /** Whether something waits to be read. Of a room that nobody has opened, it may be something else than a message. */
  readonly isUnread = $derived.by(() => {
    const { timeline, reading, about } = this;
    if (timeline.loaded) return reading.unread > 0;
    const passed = this.#passed;
    const isOthers = !passed || (!wrote(this.#ties.me(), passed) && !this.#ties.isMuted(passed?.by));
    return isOthers && (passed?.seq ?? about?.seq ?? 0) > reading.upTo;
  });
  /** Its history has come on the present connection. */
  isOpen = false;
  /** It is asked for, and not all of the answer has come: until then, what comes is part of that or follows it. */
  isResuming = true;

  readonly #ties: Ties;
  /** Messages of those whom one has muted, that are shown all the same. */
  #unfolded = $state.raw<ReadonlySet<MessageId>>(new Set());
  readonly #unsent = $derived.by(() => this.#ties.outbox.entries.filter(({ room }) => room === this.id));
  /** The last message that went by while nothing of the room is held. */
  #passed = $state.raw<Message>();

  constructor(id: RoomId, ties: Ties) {
    this.id = id;
    this.#ties = ties;
    const { call, page, outbox, edits } = ties;
    this.filling = new Filling(this.timeline, async (end, place) => {
      const found = await page(id, { [end]: place }, HISTORY_PAGE);
      this.comings.take(found.states ?? []);
      return found;
    });
    this.deeds = deedsOf(call, outbox, edits, ({ folds }) => {
      this.#unfolded = new Set([...this.#unfolded, ...folds.map((each) => each.id)]);
    });
    this.reading = new Reading({
      // Nobody keeps a mark in a room that is not theirs.
      say: (upTo) => (this.isOurs ? call({ type: 'read', room: id, up_to: upTo }) : Promise.resolve()),
      messages: () => this.timeline.newest,
      isMuted: ({ by }) => ties.isMuted(by),
      shown: () => this.timeline.seq,
      me: () => ties.me(),
      isStill: () => this.timeline.loaded && this.about?.archived === true,
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
  restore({ room, epoch, states = [], bare = false, ...log }: Held): void {
    this.about = room;
    if (bare) this.#passed = log.messages.at(-1);
    else this.timeline.restore(log, epoch);
    this.comings.take(states);
    this.timeline.seenUpTo = room.seen_up_to;
    this.reading.upTo = room.read_up_to;
  }

  /** What is to be kept of it; `null` if it is not known well enough. */
  held(me: Me, public_url: string | undefined): Held | null {
    const { epoch, loaded, newest: messages, hole, seq, seenUpTo } = this.timeline;
    if (!this.about || !this.isOurs || epoch === undefined) return null;
    const room = { ...this.about, seq, read_up_to: this.reading.upTo, seen_up_to: seenUpTo };
    const about = { me, room, epoch, seq, public_url };
    if (!loaded) return { ...about, more: true, messages: this.#passed ? [this.#passed] : [], bare: true };
    const kept = newest(messages);
    const more = hole !== null || kept !== messages;
    return { ...about, more, messages: kept, states: this.comings.newest(more ? (kept[0]?.seq ?? seq) : 0) };
  }

  /** What `hello` tells of it, before its history. */
  welcome(about: Room, epoch: string): void {
    const sameEpoch = this.timeline.epoch === epoch;
    if (about.seq !== this.about?.seq || !sameEpoch) this.#passed = undefined;
    this.about = about;
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
    this.timeline.resume(history, this.#ties.epoch());
    this.isMissing = false;
    if (history.reset) this.comings.begin();
    this.#learn(history.states ?? []);
    if (loaded && !history.reset) this.#announce(history, messages);
    if (!this.timeline.loaded) this.#pass(history.messages);
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
    if (becomes === 'next' && isEntry(event)) this.#learn([event]);
    if (this.timeline.loaded) this.#announce(changes, messages);
    else this.#pass(changes.messages);
    this.settle(changes.messages);
    this.reading.notice();
  }

  /** What is told of the room itself, and of who belongs to it. */
  #learn(entries: readonly Entry[]): void {
    this.comings.take(entries);
    for (const entry of entries) {
      const [state, member] = [stateOf('room', entry), stateOf('member', entry)];
      if (state && entry.id === this.id) this.about = becoming(this.id, this.about, state);
      if (member && this.about && entry.id === this.#ties.me().id)
        this.about = { ...this.about, moderator: member.moderator ?? false };
    }
  }

  /** Of what nobody reads here, the last word is remembered. */
  #pass(messages: readonly Message[]): void {
    for (const message of messages) if (message.seq >= (this.#passed?.seq ?? 0)) this.#passed = message;
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
      const own = wrote(me, message);
      const here = own && this.#unsent.some((entry) => entry.nonce === nonce);
      const told = here && what === 'said' ? 'sent' : what;
      // What somebody said whom one has muted is not said aloud either.
      if (!own && this.#ties.isMuted(message.by)) continue;
      this.#ties.announce({ what: told, user, own, text }, this.id);
    }
  }

  /** What was typed into an edit whose message is gone becomes a message that is not sent. */
  #keepOrphans(): void {
    const { id, timeline, isOpen, isResuming } = this;
    const { edits, outbox } = this.#ties;
    if (!isOpen || isResuming || !timeline.loaded) return;
    const unsent = new Set(outbox.entries.map((entry) => entry.nonce));
    const part = { room: id, messages: timeline.messages, misses: (seq: Seq) => timeline.misses(seq) };
    for (const text of edits.takeOrphans(part, unsent)) void outbox.add(id, text, GONE);
  }
}
