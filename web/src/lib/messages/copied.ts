import type { Row } from './rows';
import { timeOf, wholeDayOf } from './times.svelte';

/** A message, or what of its text somebody has selected. */
export interface Piece {
  readonly row: Row;
  readonly text: string;
}

/** What somebody takes along of several messages: who said what and when, and nothing else that the page shows. */
export function copied(pieces: readonly Piece[]): string {
  return pieces
    .map(({ row, text }, index) => {
      const day = row.opensDay && index > 0 ? `${wholeDayOf(row.at)}\n\n` : '';
      return `${day}${row.user}, ${timeOf(row.at)}\n${text}\n`;
    })
    .join('\n');
}
