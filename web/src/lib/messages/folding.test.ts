import { expect, test } from 'vitest';
import type { Message } from '../../gen/protocol';
import { folded } from './folding';
import { rows } from './rows';

const ADA = { id: 1, username: 'Ada' };
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 23, 12, minutes)).toISOString();
const said = (seq: number, by: number, more: Partial<Message> = {}): Message => ({
  id: seq * 10,
  user: by === 1 ? 'Ada' : `Person ${by}`,
  by,
  text: `Text ${seq}`,
  time: at(seq),
  seen: false,
  room: 1,
  seq,
  ...more,
});
const isMuted = (by: number | null) => by === 2 || by === 1;
const list = (messages: Message[], unfolded: number[] = []) =>
  folded(rows(messages, [], ADA), isMuted, new Set(unfolded)).map(({ key, text, folds }) => [
    key,
    text,
    folds.length,
  ]);

test('what a muted person says folds to a line where it stands together, and one never mutes oneself', () => {
  expect(list([said(1, 3), said(2, 2), said(3, 2), said(4, 1), said(5, 2)])).toEqual([
    ['id 10', 'Text 1', 0],
    ['id 20', '2 messages by somebody you muted', 2],
    ['id 40', 'Text 4', 0],
    ['id 50', '1 message by somebody you muted', 1],
  ]);
});

test('what was unfolded stays so when more comes before and behind it', () => {
  const texts = list([said(1, 2), said(2, 2), said(3, 2), said(4, 3), said(5, 2)], [20]).map((row) => row[1]);
  expect(texts).toEqual(['Text 1', 'Text 2', 'Text 3', 'Text 4', '1 message by somebody you muted']);
});

test('a day begins above the line that folds what was said on it', () => {
  const late = said(2, 2, { time: new Date(Date.UTC(2026, 10, 25, 12)).toISOString() });
  expect(list([said(1, 2), late]).map((row) => row[2])).toEqual([1, 1]);
  expect(folded(rows([said(1, 2), late], [], ADA), isMuted, new Set())[1]?.opensDay).toBe(true);
});

test('where nobody is muted the rows are those that there were', () => {
  const all = rows([said(1, 3)], [], ADA);
  expect(folded(all, () => false, new Set())).toBe(all);
});
