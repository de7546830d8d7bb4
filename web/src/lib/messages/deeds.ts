import type { Command } from '../../gen/protocol';
import type { Outbox } from '../socket/outbox.svelte';
import type { Edits } from './edits.svelte';
import type { Row } from './rows';

/** What a person does with a message, wherever it is drawn. */
export interface Deeds {
  /** Resolves once the change is stored; rejects with the reason why not. */
  save(row: Row, text: string): Promise<void>;
  /** Resolves once the message is gone; rejects with the reason why not. */
  remove(row: Row): Promise<void>;
  /** Sends one that was refused again. */
  retry(row: Row): void;
  /** Keeps what is typed in its place, until it is saved or let go. */
  keep(row: Row, text: string): void;
  letGo(row: Row): void;
  /** Shows what is folded in it. */
  unfold(row: Row): void;
}

type Call = (command: Command) => Promise<unknown>;

/** A message that is stored is the server's to change; one that is not is the outbox's. */
export function deedsOf(call: Call, outbox: Outbox, edits: Edits, unfold: Deeds['unfold']): Deeds {
  return {
    async save({ message, unsent }, text) {
      if (message) await call({ type: 'edit', id: message.id, text });
      else if (unsent) outbox.rewrite(unsent.nonce, text);
    },
    async remove({ message, unsent }) {
      if (message) {
        await call({ type: 'delete', id: message.id });
        edits.letGo(message.id);
      } else if (unsent) outbox.discard(unsent.nonce);
    },
    retry({ unsent }) {
      if (unsent) outbox.retry(unsent.nonce);
    },
    keep({ handle, message, unsent, text: before }, text) {
      const room = (message ?? unsent)?.room;
      if (text === before || room === undefined) edits.letGo(handle);
      else edits.keep({ handle, room, seq: message?.seq ?? null, text });
    },
    letGo({ handle }) {
      edits.letGo(handle);
    },
    unfold,
  };
}
