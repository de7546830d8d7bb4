import { afterEach, expect, test, vi } from 'vitest';
import { passwordHint } from './password';
import {
  currentSession,
  forgetSession,
  idOf,
  isSamePerson,
  keepSession,
  leaveName,
  logOut,
  remember,
  sessionLives,
  takeName,
  whyNotKeep,
} from './session';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Nothing goes into these any more. */
function full(...names: ('localStorage' | 'sessionStorage')[]): void {
  for (const name of names) {
    const storage = window[name];
    vi.spyOn(window, name, 'get').mockReturnValue({
      length: storage.length,
      key: (index) => storage.key(index),
      getItem: (key) => storage.getItem(key),
      removeItem: (key) => storage.removeItem(key),
      clear: () => storage.clear(),
      setItem: () => {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      },
    });
  }
}

test('the session is kept under the names of the contract', () => {
  keepSession({ username: 'Ada', token: 't' });
  expect([localStorage.getItem('username'), localStorage.getItem('token')]).toEqual(['Ada', 't']);
  expect(currentSession()).toEqual({ username: 'Ada', token: 't' });
  forgetSession();
  expect(currentSession()).toBeNull();
});

test('a session for which the browser has no room is this tab’s, and never half of one and half of another', () => {
  keepSession({ username: 'Ada', token: 't' });
  full('localStorage');
  expect(whyNotKeep()).toBeNull();
  expect(keepSession({ username: 'Grace', token: 'g' })).toBe(true);
  expect(currentSession()).toEqual({ username: 'Grace', token: 'g' });
  expect(localStorage.getItem('token')).toBeNull();
  forgetSession();
  expect(currentSession()).toBeNull();
});

test('where nothing can be kept nobody is signed in, and it is said why', () => {
  keepSession({ username: 'Ada', token: 't' });
  full('localStorage', 'sessionStorage');
  expect(whyNotKeep()).toContain('keeps nothing');
  expect(keepSession({ username: 'Grace', token: 'g' })).toBe(false);
  expect(currentSession()).toBeNull();
});

test('a browser that may keep nothing is asked without an error', () => {
  for (const name of ['localStorage', 'sessionStorage'])
    vi.spyOn(window, name as 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('Access is denied for this document.', 'SecurityError');
    });
  expect(currentSession()).toBeNull();
  expect(whyNotKeep()).toContain('keeps nothing');
  leaveName('Ada');
  expect(takeName()).toBeNull();
  forgetSession();
});

test('the login page learns the new name once', () => {
  leaveName('Ada');
  expect([takeName(), takeName()]).toEqual(['Ada', null]);
});

test('only the server itself says that a session is over: a proxy that wants a password does not sign out', async () => {
  const over = { status: 401, code: 'unauthorized', detail: 'Log in first.' };
  const answers: [body: string, type: string, lives: boolean | null][] = [
    [JSON.stringify(over), 'application/problem+json', false],
    [JSON.stringify(over), 'application/json', null],
    ['<h1>401 Authorization Required</h1>', 'text/html', null],
    ['{"title":"Unauthorized","status":401}', 'application/problem+json', null],
    [JSON.stringify({ ...over, code: 'wrong_credentials' }), 'application/problem+json', null],
  ];
  for (const [body, type, lives] of answers) {
    const answer = () => new Response(body, { status: 401, headers: { 'Content-Type': type } });
    vi.stubGlobal('fetch', () => Promise.resolve(answer()));
    expect(await sessionLives('t'), body).toBe(lives);
  }
});

test('the password hint counts down to eight', () => {
  expect(passwordHint('').enough).toBe(false);
  expect(passwordHint('abc').text).toBe('5 more characters.');
  expect(passwordHint('abcdefg').text).toBe('One more character.');
  expect(passwordHint('abcdefgh').enough).toBe(true);
});

test('whoever gets another name is the same person in the same session, also for other pages', () => {
  const ada = { username: 'Ada', token: 't' };
  keepSession(ada);
  expect(idOf(ada)).toBeNull();
  remember('t', { id: 7, username: 'Ada' });
  expect(idOf(ada)).toBe(7);
  remember('t', { id: 7, username: 'Ada Countess' });
  const now = currentSession();
  expect(now).toEqual({ username: 'Ada Countess', token: 't' });
  expect([isSamePerson(ada, now), idOf(now as typeof ada)]).toEqual([true, 7]);
  // Another page says late who somebody was.
  keepSession({ username: 'Grace', token: 'g' });
  remember('t', { id: 7, username: 'Ada Countess' });
  expect(currentSession()).toEqual({ username: 'Grace', token: 'g' });
  expect([isSamePerson(ada, currentSession()), idOf({ username: 'Grace', token: 'g' })]).toEqual([
    false,
    null,
  ]);
  logOut('g');
  expect(localStorage.getItem('person')).toBeNull();
});
