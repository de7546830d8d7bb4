import { findAddress } from './addresses';

export interface Segment {
  readonly text: string;
  /** Where it leads; `null` for plain text. */
  readonly href: string | null;
  /** The host that a browser would really ask, in ASCII, where it is a web address. */
  readonly host: string | null;
}

/** Splits text into what is plain and what leads somewhere. Nothing is parsed as markup. */
export function segments(text: string): Segment[] {
  const parts: Segment[] = [];
  const schemes = /(?<![a-z\d])(?:https?:\/\/|mailto:)/gi;
  let told = 0;
  for (let match = schemes.exec(text); match; match = schemes.exec(text)) {
    const { end, looked } = findAddress(text, schemes.lastIndex);
    // What was looked at is not looked at again: the time grows with the text alone.
    schemes.lastIndex = looked;
    const link = end === null ? null : asLink(text.slice(match.index, end));
    if (!link) continue;
    if (match.index > told) parts.push(plain(text.slice(told, match.index)));
    parts.push(link);
    told = match.index + link.text.length;
  }
  if (told < text.length) parts.push(plain(text.slice(told)));
  return parts;
}

function plain(text: string): Segment {
  return { text, href: null, host: null };
}

function asLink(text: string): Segment | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return { text, href: url.href, host: url.host || null };
}
