/*
 * Where an address ends in running text. The rules are those of UTS #58 (what ends an address, brackets in pairs, no
 * names before a host), of GFM's extended autolinks (marks and entities behind it) and of IDNA 2008 (a host has letters
 * and digits, and no symbols).
 *
 * One rule is stricter than UTS #58: punctuation outside of ASCII that ends, quotes or encloses ends the address wherever
 * it stands. Browsers copy addresses with such characters escaped, so that one that stands there itself belongs to the
 * sentence; and in many scripts no space follows it.
 */

/** `end` is `null` where nothing leads anywhere; before `looked` there is nothing more to find. */
export interface FoundAddress {
  readonly end: number | null;
  readonly looked: number;
}

const HARD =
  /[\s\p{Cc}\p{Cs}\p{Co}\p{Cn}"<>\\^`|]|(?![\p{ASCII}‘’])[\p{Term}\p{QMark}\p{Ps}\p{Pe}\p{Pi}\p{Pf}]/u;
/** Belongs to an address only if more of it follows. */
const SOFT = /[!'*,.:;?_~‘’…—]/;
/** Turns or hides parts of an address, which then lies about where it leads. */
const HIDDEN = /[\p{Cf}\p{DI}]/u;
/** Hidden as well, but words of many scripts, and emoji, are made with them. */
const JOINER = /\u200c|\u200d|\ufe0e|\ufe0f/;
const SYMBOL = /[\p{S}\p{M}]|\u200d/u;
const OPENER: Partial<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const OPEN = /[([{]/;

const HOST = /(?!\p{DI})[\p{L}\p{M}\p{N}._-]/u;
const MAILBOX = /[\p{L}\p{M}\p{N}.!#$%&'*+/=?_~-]/u;
/** Letters of alphabets that look like Latin ones: a word that mixes them is one word. */
const ALIKE = /[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Armenian}\p{sc=Cherokee}]/u;

/** Finds the end of the address whose scheme ends at `at`, behind `://` or `mailto:`. */
export function findAddress(text: string, at: number): FoundAddress {
  const mail = text[at - 1] === ':';
  const hostAt = mail ? behindMailbox(text, at) : at;
  if (hostAt === null) return { end: null, looked: at };
  const host = findHost(text, hostAt);
  if (host.end === null) return host;
  if (!mail) {
    const names = run(text, at, (char) => !/[/?#@]/.test(char) && !HARD.test(char) && !HIDDEN.test(char));
    if (text[names] === '@') return { end: null, looked: names };
  }
  const from = mail ? host.end : behindPort(text, host.end);
  const { end, looked } = (mail ? /[?]/ : /[/?#]/).test(charAt(text, from))
    ? findRest(text, from)
    : { end: from, looked: Math.max(from, host.looked) };
  return { end: goesOnHidden(text, looked) ? null : end, looked };
}

/** RFC 5322's dot-atom, and the @ behind it. */
function behindMailbox(text: string, at: number): number | null {
  const end = run(text, at, (char) => MAILBOX.test(char));
  const named = end > at && !/^\.|\.\.|\.$/.test(text.slice(at, end));
  return named && text[end] === '@' ? end + 1 : null;
}

function findHost(text: string, at: number): FoundAddress {
  if (text[at] === '[') {
    const close = run(text, at + 1, (char) => /[\da-f:.]/i.test(char));
    return text[close] === ']' ? { end: close + 1, looked: close + 1 } : { end: null, looked: close };
  }
  const looked = run(text, at, (char) => HOST.test(char));
  const trimmed = withoutEnd(text, looked, at, /[._-]/);
  const words = at + wordsIn(text.slice(at, trimmed));
  if (words < trimmed) {
    const end = withoutEnd(text, words, at, /[._-]/);
    return { end: isHost(text.slice(at, end)) ? end : null, looked: words };
  }
  // A scheme that was typed twice counts the second time.
  if (text.startsWith('://', trimmed)) return { end: null, looked: at };
  // The root's full stop stands only before a path: elsewhere it is the sentence's.
  const end = /[/?#]/.test(charAt(text, looked)) ? looked : trimmed;
  return { end: isHost(text.slice(at, end).replace(/\.$/, '')) ? end : null, looked };
}

/** Where words begin that follow a host without a space: no last label mixes their scripts with Latin letters. */
function wordsIn(host: string): number {
  let at = host.lastIndexOf('.') + 1;
  if (!/^[\p{sc=Latin}\d_-]/u.test(host.slice(at))) return host.length;
  for (const char of host.slice(at)) {
    if (/\p{L}/u.test(char) && !ALIKE.test(char)) break;
    at += char.length;
  }
  return at;
}

function isHost(name: string): boolean {
  const labelled = !/^$|^[.-]|\.[.-]|-\.|[.-]$/.test(name);
  return labelled && (name.includes('.') || /^\p{ASCII}+$/u.test(name));
}

function behindPort(text: string, at: number): number {
  if (text[at] !== ':') return at;
  const end = run(text, at + 1, (char) => /\d/.test(char));
  return end > at + 1 ? end : at;
}

/** Path, query and fragment. */
function findRest(text: string, at: number): { end: number; looked: number } {
  const open: string[] = [];
  let [end, looked] = [at, at];
  for (let char = charAt(text, at); char !== ''; char = charAt(text, looked)) {
    if (HARD.test(char) || (HIDDEN.test(char) && !JOINER.test(char))) break;
    if (OPEN.test(char)) open.push(char);
    else if (char in OPENER && open.pop() !== OPENER[char]) break;
    looked += char.length;
    if (!SOFT.test(char) && !OPEN.test(char)) end = looked;
  }
  return { end: withoutEntities(text, end, at), looked };
}

/** `&gt;` at the end was not typed as part of the address: it came along from somebody's HTML. */
function withoutEntities(text: string, end: number, from: number): number {
  while (text[end] === ';') {
    const name = withoutEnd(text, end, from, /[a-z\d]/i);
    if (name === end || text[name - 1] !== '&') break;
    end = withoutEnd(text, name - 1, from, /[!'*,.:;?_~‘’…—([{]/);
  }
  return end;
}

/** Whether the address would seem to go on behind something that nobody sees, or behind a symbol that no host can have. */
function goesOnHidden(text: string, at: number): boolean {
  const hidden = run(text, at, (char) => HIDDEN.test(char));
  const next = charAt(text, hidden);
  if (hidden > at) return next !== '' && !HARD.test(next) && !SOFT.test(next) && !(next in OPENER);
  const symbols = run(text, at, (char) => SYMBOL.test(char) && !HARD.test(char));
  return symbols > at && text[symbols] === '.' && HOST.test(charAt(text, symbols + 1));
}

function run(text: string, at: number, goesOn: (char: string) => boolean): number {
  for (let char = charAt(text, at); char !== '' && goesOn(char); char = charAt(text, at)) at += char.length;
  return at;
}

/** The place before all characters of that kind at the end; they are of one unit each. */
function withoutEnd(text: string, end: number, from: number, kind: RegExp): number {
  while (end > from && kind.test(text.charAt(end - 1))) end -= 1;
  return end;
}

function charAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
