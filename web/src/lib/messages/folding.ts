import type { MessageId, UserId } from '../../gen/protocol';
import type { Row } from './rows';

/** What stands in the place of what is folded. */
export function foldedWords(count: number): string {
  return `${count} ${count === 1 ? 'message' : 'messages'} by somebody you muted`;
}

/**
 * The rows, with what was said by people whom one has muted folded: a line for all that stands together, in the place of the first.
 * What was unfolded once stays so, and so does what comes to it.
 */
export function folded(
  rows: readonly Row[],
  isMuted: (by: UserId | null) => boolean,
  unfolded: ReadonlySet<MessageId>,
): readonly Row[] {
  const isFolded = ({ own, by, message }: Row) => !own && message !== null && isMuted(by);
  if (!rows.some(isFolded)) return rows;
  const list: Row[] = [];
  let run: Row[] = [];
  const end = () => {
    const isOpen = run.some(({ message }) => message && unfolded.has(message.id));
    list.push(...(isOpen ? run : foldOf(run)));
    run = [];
  };
  for (const row of rows) {
    const standsApart = row.opensDay || row.quiet.length > 0 || row.earlier.length > 0;
    if (!isFolded(row) || standsApart) end();
    if (isFolded(row)) run.push(row);
    else list.push(row);
  }
  end();
  return list;
}

function foldOf(run: readonly Row[]): readonly Row[] {
  const first = run[0];
  if (!first) return [];
  const folds = run.flatMap(({ message }) => message ?? []);
  return [{ ...first, folds, text: foldedWords(folds.length), below: run.at(-1)?.below ?? [] }];
}
