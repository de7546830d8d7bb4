import type { LoggedIn } from '../../gen/protocol';
import { ProblemError } from './api';
import { calls } from './calls';

const NAME = 'username';
const TOKEN = 'token';
const NOTICE = 'notice';
const JOINED = 'joined';

/** Beside the page that is open: a proxy may keep any path for this server. */
export const pages = {
  login: 'login.html',
  register: 'register.html',
  chat: 'chat.html',
  admin: 'admin.html',
};

/** Who is signed in here. The names of the two entries are the contract's. */
export function currentSession(): LoggedIn | null {
  const username = localStorage.getItem(NAME);
  const token = localStorage.getItem(TOKEN);
  return username && token ? { username, token } : null;
}

export function keepSession({ username, token }: LoggedIn): void {
  localStorage.setItem(NAME, username);
  localStorage.setItem(TOKEN, token);
}

export function forgetSession(): void {
  localStorage.removeItem(NAME);
  localStorage.removeItem(TOKEN);
}

/** Leaves for the login page, which then says why, if there is something to say. */
export function leave(notice: string | null): void {
  forgetSession();
  if (notice) sessionStorage.setItem(NOTICE, notice);
  location.replace(pages.login);
}

/** Nobody is signed in here before anything is taken away: what another page does meanwhile leaves nothing either. */
export async function logOut(token: string, forget: () => Promise<void>): Promise<void> {
  forgetSession();
  sessionStorage.clear();
  await Promise.all([forget(), calls.logOut(token).catch(() => undefined)]);
  location.replace(pages.login);
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
  sessionStorage.setItem(JOINED, name);
}

export function takeName(): string | null {
  return take(JOINED);
}

function take(key: string): string | null {
  const value = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return value;
}
