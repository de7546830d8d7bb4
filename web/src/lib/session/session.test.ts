import { afterEach, expect, test, vi } from 'vitest';
import { passwordHint } from './password';
import { currentSession, forgetSession, keepSession, leaveName, sessionLives, takeName } from './session';

afterEach(() => vi.unstubAllGlobals());

test('the session is kept under the names of the contract', () => {
  keepSession({ username: 'Ada', token: 't' });
  expect([localStorage.getItem('username'), localStorage.getItem('token')]).toEqual(['Ada', 't']);
  expect(currentSession()).toEqual({ username: 'Ada', token: 't' });
  forgetSession();
  expect(currentSession()).toBeNull();
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
