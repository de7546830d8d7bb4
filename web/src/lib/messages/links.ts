export interface Segment {
  readonly text: string;
  /** Where it leads; `null` for plain text. */
  readonly href: string | null;
  /** The host that a browser would really ask, in ASCII, where it is a web address. */
  readonly host: string | null;
}

const CANDIDATE = /(?<![\p{L}\p{N}_])(?:https?:\/\/|mailto:)[^\s<>"“”«»]+/giu;
const SCHEMES = new Set(['http:', 'https:', 'mailto:']);
/** Characters that turn or hide parts of an address make it lie about where it leads. */
const DECEPTIVE = /[\p{Cc}\p{Cf}]/u;
const PAIRS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Splits text into what is plain and what leads somewhere. Nothing is parsed as markup. */
export function segments(text: string): Segment[] {
  const parts: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const link = asLink(withoutTrailing(match[0]));
    if (!link) continue;
    if (match.index > end) parts.push(plain(text.slice(end, match.index)));
    parts.push(link);
    end = match.index + link.text.length;
  }
  if (end < text.length) parts.push(plain(text.slice(end)));
  return parts;
}

function plain(text: string): Segment {
  return { text, href: null, host: null };
}

function asLink(text: string): Segment | null {
  if (DECEPTIVE.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (!SCHEMES.has(url.protocol)) return null;
  return { text, href: url.href, host: url.host || null };
}

/** A full stop after an address ends the sentence, and a bracket is the address's only if it opened there. */
function withoutTrailing(candidate: string): string {
  const surplus = surplusClosers(candidate);
  let end = candidate.length;
  while (end > 0) {
    const last = candidate.charAt(end - 1);
    const closers = surplus.get(last) ?? 0;
    if (closers <= 0 && !/[.,:;!?'’…]/u.test(last)) break;
    if (closers > 0) surplus.set(last, closers - 1);
    end -= 1;
  }
  return candidate.slice(0, end);
}

/** How many more of each bracket close than open. */
function surplusClosers(text: string): Map<string, number> {
  const count = (char: string) => text.split(char).length;
  return new Map(Object.entries(PAIRS).map(([closer, opener]) => [closer, count(closer) - count(opener)]));
}
