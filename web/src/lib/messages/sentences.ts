import type { UserId } from '../../gen/protocol';
import type { Quiet } from './quiet';

/** What a quiet line says. */
type What = Pick<Quiet, 'change' | 'who' | 'by'>;

/** So many are named; of more, the first and how many others there are. */
const NAMED = 3;

/** A piece of the sentence: somebody, others who are not named, or words with the spaces that belong to them. */
export type SentencePiece =
  | { readonly is: 'person'; readonly id: UserId; readonly begins: boolean }
  | { readonly is: 'others'; readonly count: number }
  | { readonly is: 'words'; readonly words: string };

/** The sentence that tells it; `whole` names everybody. */
export function sentence(quiet: What, me: UserId, whole: boolean): readonly SentencePiece[] {
  const { who, by } = quiet;
  const named = whole || who.length <= NAMED ? who : who.slice(0, 1);
  const others = who.length - named.length;
  const [between, after] = wordsOf(quiet, me);
  const words = (text: string): SentencePiece => ({ is: 'words', words: text });
  const pieces: SentencePiece[] = [];
  if (by !== null) pieces.push({ is: 'person', id: by, begins: true }, words(` ${between} `));
  for (const [index, id] of named.entries()) {
    const isLast = index === named.length - 1 && others === 0;
    if (index > 0) pieces.push(words(isLast ? ' and ' : ', '));
    pieces.push({ is: 'person', id, begins: pieces.length === 0 });
  }
  if (others > 0) pieces.push(words(' and '), { is: 'others', count: others });
  if (after) pieces.push(words(` ${after}`));
  return pieces;
}

/** What is said of it between who did it and those to whom it was done, and behind them. */
function wordsOf({ change, by, who }: What, me: UserId): readonly [between: string, after: string] {
  const many = who.length > 1;
  const are = many || who[0] === me ? 'are' : 'is';
  const moderators = many ? 'moderators' : 'a moderator';
  if (by === null) return ['', alone(change, `${are} ${moderators}`, `${are} no more ${moderators}`)];
  switch (change) {
    case 'joined':
    case 'invited':
      return ['let', 'in'];
    case 'left':
    case 'removed':
      return ['removed', ''];
    case 'promoted':
      return ['made', moderators];
    case 'demoted':
      return ['took moderating from', ''];
  }
}

function alone(change: Quiet['change'], promoted: string, demoted: string): string {
  switch (change) {
    case 'joined':
    case 'invited':
      return 'joined';
    case 'left':
    case 'removed':
      return 'left';
    case 'promoted':
      return promoted;
    case 'demoted':
      return demoted;
  }
}
