import type { Message, MessageId, Seq } from '../../gen/protocol';
import { become, type Change } from '../protocol/changes';

/** What happened to a message; `sent` to one that this page had to send. */
export interface News {
  readonly what: 'said' | 'edited' | 'deleted' | 'sent';
  readonly user: string;
  readonly own: boolean;
  /** As it is after that. */
  readonly text: string;
}

export interface Changes {
  readonly messages: readonly Message[];
  readonly deleted: readonly MessageId[];
}

export interface Happened {
  readonly what: 'said' | 'edited' | 'deleted';
  readonly message: Message;
}

/**
 * What these changes mean to somebody who knows the messages that the page held, of a room of which it missed some. Who has
 * never met a message is not told that it is another one.
 */
export function happened(
  { messages, deleted }: Changes,
  held: readonly Message[],
  misses: (seq: Seq) => boolean,
): Happened[] {
  const known = (id: MessageId) => held.findLast((message) => message.id === id);
  const present = messages.flatMap((message): Happened[] => {
    const before = known(message.id);
    if (before) return before.text === message.text ? [] : [{ what: 'edited', message }];
    return misses(message.seq) ? [] : [{ what: 'said', message }];
  });
  const gone = deleted.map(known).filter((message) => message !== undefined);
  return [...present, ...gone.map((message): Happened => ({ what: 'deleted', message }))];
}

/** One change of what is held, as a page of history would tell it. */
export function asChanges(change: Change, held: readonly Message[]): Changes {
  const after = become(
    change,
    held.findLast((message) => message.id === change.id),
  );
  if (after === null) return { messages: [], deleted: [change.id] };
  return { messages: after ? [after] : [], deleted: [] };
}
