import { expect, test } from 'vitest';
import type { Message } from '../../gen/protocol';
import { copied } from './copied';
import { rows } from './rows';
import { timeOf, wholeDayOf } from './times.svelte';

const ADA = { id: 1, username: 'Ada' };

const said = (seq: number, user: string, text: string, at: Date): Message => ({
  id: seq,
  user,
  text,
  time: at.toISOString(),
  seen: true,
  room: 1,
  seq,
});

test('what is copied says who, when and what, and the day where another one begins', () => {
  const [late, early] = [new Date(2026, 10, 22, 23, 59), new Date(2026, 10, 23, 0, 1)];
  const list = rows([said(1, 'Ada', 'One\n  two', late), said(2, 'Grace', 'three', early)], [], ADA);
  expect(copied(list.map((row) => ({ row, text: row.text })))).toBe(
    `Ada, ${timeOf(late.getTime())}\nOne\n  two\n\n${wholeDayOf(early.getTime())}\n\nGrace, ${timeOf(early.getTime())}\nthree\n`,
  );
});
