import type { LoggedIn, Me, RoomId, SessionId, UserId } from '../../gen/protocol';
import { ProblemError } from './api';
import { calls } from './calls';
import { farewells, isFarewell } from './farewells.svelte';
import { dropHalf } from './half';
import { ofBrowser, ofTab, type Pocket } from './pockets';

const NAME = 'username';
const TOKEN = 'token';
const PERSON = 'person';
const NOTICE = 'notice';
const JOINED = 'joined';
const INVITED = 'invited';
const DEVICE = 'device';
const PROBE = 'probe';
const KEEPS_NOTHING =
  'This browser keeps nothing for ChatterBox, so nobody can be signed in here. Allow cookies and site data for this address, or make room for them, and try again.';

/** Beside the page that is open, or on the floor of an invitation's: a proxy may keep any path for this server. */
export const pages = {
  login: '../ui/login.html',
  register: '../ui/register.html',
  chat: '../ui/chat.html',
  admin: '../ui/admin.html',
};

/** The chat, in this room if it is one. */
export function chatIn(room: RoomId | undefined): string {
  return room === undefined ? pages.chat : `${pages.chat}?room=${room}`;
}

/** Who is signed in here. The names of the two entries are the contract's. */
export function currentSession(): LoggedIn | null {
  return sessionIn(ofBrowser) ?? sessionIn(ofTab);
}

/** What to tell a person if there is no place for a session at all: the pages cannot do without, each is loaded anew. */
export function whyNotKeep(): string | null {
  const fits = [ofBrowser, ofTab].some((pocket) => {
    const kept = pocket.put(PROBE, PROBE.repeat(32));
    pocket.drop(PROBE);
    return kept;
  });
  return fits ? null : KEEPS_NOTHING;
}

/** Whether it is kept: of this tab alone, if the browser has no room for more. */
export function keepSession({ username, token }: LoggedIn): boolean {
  // Written over, not taken away first: to the other pages, that would be somebody who signs out.
  for (const pocket of [ofBrowser, ofTab]) {
    if (pocket.put(NAME, username) && pocket.put(TOKEN, token)) {
      if (pocket === ofBrowser) dropSession([ofTab]);
      return true;
    }
    dropSession();
  }
  return false;
}

/** Nothing that is kept here opens anything afterwards: no entry, and no cookie. */
export function forgetSession(): void {
  dropSession();
  dropHalf();
}

/** Who is signed in under this name, if a page has learned it here. */
export function idOf({ username }: LoggedIn): UserId | null {
  const [id, name] = (ofBrowser.get(PERSON) ?? ofTab.get(PERSON))?.split(/ (.*)/s) ?? [];
  return name === username ? Number(id) || null : null;
}

/** Who they are, as the server says: by another name, perhaps, than at the login. */
export function remember(token: string, { id, username }: Pick<Me, 'id' | 'username'>): void {
  const pocket = [ofBrowser, ofTab].find((each) => sessionIn(each)?.token === token);
  if (!pocket) return;
  const person = `${id} ${username}`;
  if (pocket.get(PERSON) !== person) pocket.put(PERSON, person);
  if (pocket.get(NAME) !== username) pocket.put(NAME, username);
}

/** Whether it is one person who is signed in by these. A name that somebody had is nobody else's later on. */
export function isSamePerson(one: LoggedIn, other: LoggedIn | null): boolean {
  return other !== null && (one.token === other.token || one.username === other.username);
}

/** Leaves for the login page, which then says why, if there is something to say. */
export function leave(notice: string | null): void {
  forgetSession();
  goToLogin(notice);
}

/** The same of a page that nobody is signed in on: somebody may have signed in on another since, and stays so. */
export function goToLogin(notice: string | null): void {
  if (notice) ofTab.put(NOTICE, notice);
  location.replace(pages.login);
}

/**
 * Nobody is signed in here before anything is taken away: what another page does meanwhile leaves nothing either. The
 * server hears of it when it can.
 */
export function logOut(token: string): void {
  farewells.keep(token);
  forgetSession();
  ofBrowser.drop(PERSON);
  ofBrowser.drop(DEVICE);
  clearTab();
}

/** Whether somebody here has been told of this session, which was begun on another device. */
export function isKnownDevice(id: SessionId): boolean {
  return ofBrowser.get(DEVICE) === `${id}`;
}

export function knowDevice(id: SessionId): void {
  ofBrowser.put(DEVICE, `${id}`);
}

/** What this tab keeps for a person: drafts, edits, notices. */
export function clearTab(): void {
  for (const name of ofTab.names()) if (!isFarewell(name)) ofTab.drop(name);
}

/** Whether the server still knows the session; `null` if it does not say. */
export async function sessionLives(token: string): Promise<boolean | null> {
  try {
    await calls.me(token);
    return true;
  } catch (error) {
    return error instanceof ProblemError && error.endsSession ? false : null;
  }
}

/** What the page before left for this one to say, once. */
export function takeNotice(): string | null {
  return take(NOTICE);
}

export function leaveName(name: string): void {
  ofTab.put(JOINED, name);
}

/** The code of a link that somebody goes back to once they have signed in. */
export function leaveCode(code: string): void {
  ofTab.put(INVITED, code);
}

export function takeCode(): string | null {
  return take(INVITED);
}

export function takeName(): string | null {
  return take(JOINED);
}

function take(key: string): string | null {
  const value = ofTab.get(key);
  ofTab.drop(key);
  return value;
}

function sessionIn(pocket: Pocket): LoggedIn | null {
  const username = pocket.get(NAME);
  const token = pocket.get(TOKEN);
  return username && token ? { username, token } : null;
}

function dropSession(pockets: readonly Pocket[] = [ofBrowser, ofTab]): void {
  for (const pocket of pockets) {
    pocket.drop(NAME);
    pocket.drop(TOKEN);
  }
}
