import { expect, test } from 'vitest';
import { message } from '../socket/wires';
import { wrote } from './self';

test('a message is one’s own by the id of who wrote it, whatever its author was called', () => {
  const ada = { id: 1, username: 'Countess' };
  expect(wrote(ada, message(1, 'mine', { by: 1, user: 'Ada' }))).toBe(true);
  expect(wrote(ada, message(2, 'not mine', { by: 2, user: 'Countess' }))).toBe(false);
});

test('as long as an id is missing, the name decides', () => {
  expect(wrote({ id: null, username: 'Ada' }, message(1, 'mine', { by: 1, user: 'Ada' }))).toBe(true);
  expect(wrote({ id: 1, username: 'Ada' }, message(1, 'of an older page', { user: 'Ada' }))).toBe(true);
  expect(wrote({ id: 1, username: 'Ada' }, message(1, 'of an older page', { user: 'Grace' }))).toBe(false);
});
