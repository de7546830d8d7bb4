import type { Deleted, Edited, Event, Message, RoomId, Seq } from '../../gen/protocol';
import { type Form, maybe, record, text, time, whole } from './form';
import { message } from './forms';
import type { Place } from './place';

/** What every event of a room's log has: one of a newer server, of a type that this page does not know, has at least this. */
export interface Numbered {
  readonly room: RoomId;
  readonly seq: Seq;
}

/** The events of a room's log: what has a place in it, and is no page of it. */
export type Change = Exclude<Extract<Event, Numbered>, { type: 'history' }>;

interface ChangeKind<Its extends Change> {
  /** What it says, if it is one. */
  readonly form: Form<Omit<Its, 'type'>>;
  /** What the message is by it: `null` is gone, and what is not held stays so unless all of it is told. */
  become(change: Its, before: Message | undefined): Message | null | undefined;
}

/** All that a page knows of each: what has one type more in its log has one line more here, or does not compile. */
const kinds: { readonly [Type in Change['type']]: ChangeKind<Extract<Change, { type: Type }>> } = {
  message: { form: message, become: (change) => change },
  edit: {
    form: record<Edited>({
      id: whole,
      text,
      time,
      room: whole,
      seq: whole,
      since: maybe(whole),
      state: maybe(message),
    }),
    become: ({ text, time, state }, before) => (before ? { ...before, text, edited: time } : state),
  },
  delete: {
    form: record<Deleted>({ id: whole, room: whole, seq: whole, since: maybe(whole) }),
    become: () => null,
  },
};

export function isNumbered(event: object): event is Numbered {
  return 'room' in event && 'seq' in event && Number.isSafeInteger(event.seq);
}

/** Whether an event that came through `eventIn` is one that this page knows. */
export function isChange(event: object): event is Change {
  return 'type' in event && Object.hasOwn(kinds, String(event.type));
}

/** Where it stands in its room's log: a message that has changed stands at its last change. */
export function placeOf(event: Numbered): Place {
  const { since } = event as Partial<Place>;
  const changed = isChange(event) && event.type === 'message' ? (event.changed ?? 0) : 0;
  return { seq: Math.max(event.seq, changed), since: whole(since) ? since : undefined };
}

export function become(change: Change, before: Message | undefined): Message | null | undefined {
  const { become } = kinds[change.type] as ChangeKind<Change>;
  return become(change, before);
}

export const changeForms = Object.entries(kinds).map(
  ([type, { form }]) => [type, form as Form<object>] as const,
);
