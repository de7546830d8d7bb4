import type { MessageId } from '../../gen/protocol';

/** What a message is called by those who change it: one that is not stored yet has its nonce alone. */
export type Handle = MessageId | string;

/** Which message the person has in hand: the one the keyboard is on, edits, or is about to delete. */
export class Hand {
  current = $state.raw<string | null>(null);
  editing = $state.raw<Handle | null>(null);
  deleting = $state.raw<Handle | null>(null);
  /** Keys for walking led to the current one, no pointer and no Tab: there, single letters do something (WCAG 2.1.4). */
  walked = false;
  /** Where that which is open was opened: there one goes back to. */
  openedFrom: 'row' | 'composer' = 'row';

  edit(handle: Handle, from: 'row' | 'composer' = 'row'): void {
    this.deleting = null;
    this.editing = handle;
    this.openedFrom = from;
  }

  askDelete(handle: Handle, from: 'row' | 'composer' = 'row'): void {
    this.editing = null;
    this.deleting = handle;
    this.openedFrom = from;
  }

  putDown(): void {
    this.editing = null;
    this.deleting = null;
  }
}
