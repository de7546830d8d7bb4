import type { MessageId } from '../../gen/protocol';

/** Which message the person has in hand: the one the keyboard is on, edits, or is about to delete. */
export class Hand {
  current = $state.raw<string | null>(null);
  editing = $state.raw<MessageId | null>(null);
  deleting = $state.raw<MessageId | null>(null);

  edit(id: MessageId): void {
    this.deleting = null;
    this.editing = id;
  }

  askDelete(id: MessageId): void {
    this.editing = null;
    this.deleting = id;
  }

  putDown(): void {
    this.editing = null;
    this.deleting = null;
  }
}
