import { afterEach, expect, test, vi } from 'vitest';
import { ask } from './api';
import { passwordHint } from './password';
import { currentSession, forgetSession, keepSession, leaveName, takeName } from './session';

afterEach(() => vi.unstubAllGlobals());

function serverAnswers(status: number, body: string) {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })));
}

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

test('a problem says what is wrong and where', async () => {
  serverAnswers(400, '{"status":400,"code":"username_taken","detail":"Somebody has it.","field":"username"}');
  await expect(ask('/register')).rejects.toMatchObject({
    message: 'Somebody has it.',
    code: 'username_taken',
    field: 'username',
    status: 400,
  });
});

test('an answer that is no problem document is a problem all the same', async () => {
  serverAnswers(502, '<html>Bad gateway</html>');
  await expect(ask('/users')).rejects.toMatchObject({
    status: 502,
    message: expect.stringContaining('unexpected'),
  });
});

test('a server that is away is told apart', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(ask('/users')).rejects.toMatchObject({
    status: 0,
    message: expect.stringContaining('reached'),
  });
});

test('the password hint counts down to eight', () => {
  expect(passwordHint('').enough).toBe(false);
  expect(passwordHint('abc').text).toBe('5 more characters.');
  expect(passwordHint('abcdefg').text).toBe('One more character.');
  expect(passwordHint('abcdefgh').enough).toBe(true);
});
