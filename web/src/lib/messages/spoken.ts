import type { News } from './news';
import type { Row } from './rows';
import { dayName, isToday, timeOf } from './times.svelte';

/** More than these of one moment are counted, not told one by one. */
const TOLD_MAX = 3;
const BEGINNING = /^[^]{0,300}/u;

/** What a message is called for those who hear the page: who, when, what, and how it stands with it. */
export function nameOf({ user, at, text, message, unsent }: Row, called = user): string {
  const time = isToday(at) ? timeOf(at) : `${dayName(at)}, ${timeOf(at)}`;
  const marks = [];
  if (message?.edited) marks.push('edited');
  if (unsent?.problem) marks.push('not sent');
  else if (unsent && unsent.seq === null) marks.push('sending');
  return `${called}, ${time}: ${text}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
}

/** The sentences for what happened in one moment. */
export function sentencesFor(news: readonly News[]): string[] {
  return news.length > TOLD_MAX ? [sumOf(news)] : news.map(sentenceFor);
}

function sentenceFor({ what, user, own, text }: News): string {
  const beginning = BEGINNING.exec(text)?.[0] ?? '';
  if (what === 'sent') return 'Sent.';
  if (what === 'said') return `${own ? 'You' : user}: ${beginning}`;
  if (what === 'edited') return `${own ? 'You' : user} edited: ${beginning}`;
  return own ? 'Your message was deleted.' : `A message from ${user} was deleted.`;
}

function sumOf(news: readonly News[]): string {
  const count = (what: News['what']) => news.filter((each) => each.what === what).length;
  const said = count('said');
  const parts = [
    `${said} new ${said === 1 ? 'message' : 'messages'}`,
    `${count('sent')} sent`,
    `${count('edited')} edited`,
    `${count('deleted')} deleted`,
  ];
  return parts.filter((part) => !part.startsWith('0 ')).join(', ');
}
