import { expect, test } from 'vitest';
import { passwordHint } from './password';
import { currentSession, forgetSession, keepSession, leaveName, takeName } from './session';

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

test('the password hint counts down to eight', () => {
  expect(passwordHint('').enough).toBe(false);
  expect(passwordHint('abc').text).toBe('5 more characters.');
  expect(passwordHint('abcdefg').text).toBe('One more character.');
  expect(passwordHint('abcdefgh').enough).toBe(true);
});
