// @vitest-environment node
import { expect, test } from 'vitest';
import type { MemberChange, UserId } from '../../gen/protocol';
import { type Quiet, quietLines } from './quiet';
import { sentence } from './sentences';

const names = ['', 'Ada', 'Grace', 'Linus', 'Edsger', 'Barbara'];
let seq = 0;
const changed = (who: UserId, change: MemberChange, by: UserId | null = null) => ({
  seq: ++seq,
  who,
  change,
  by,
  at: 0,
});

/** As Ada reads it. */
function read(quiet: Pick<Quiet, 'change' | 'who' | 'by'>, whole = false): string {
  const pieces = sentence(quiet, 1, whole).map((piece) => {
    if (piece.is === 'words') return piece.words;
    if (piece.is === 'others') return `${piece.count} others`;
    return piece.id === 1 ? (piece.begins ? 'You' : 'you') : names[piece.id];
  });
  return pieces.join('');
}

test('what follows each other and is the same is one line', () => {
  const lines = quietLines([
    changed(2, 'joined'),
    changed(3, 'joined'),
    changed(4, 'invited', 2),
    changed(5, 'invited', 2),
    changed(3, 'removed', 2),
    changed(3, 'removed', 1),
    changed(2, 'joined'),
  ]);
  expect(lines.map((line) => read(line))).toEqual([
    'Grace and Linus joined',
    'Grace let Edsger and Barbara in',
    'Grace removed Linus',
    'You removed Linus',
    'Grace joined',
  ]);
});

test('of many the first is named, and all of them for whoever wants to know', () => {
  const many: Pick<Quiet, 'change' | 'who' | 'by'> = { change: 'joined', who: [2, 3, 4, 5], by: null };
  expect(read(many)).toBe('Grace and 3 others joined');
  expect(read(many, true)).toBe('Grace, Linus, Edsger and Barbara joined');
});

test('each change is a sentence, also about oneself', () => {
  const said = (change: MemberChange, who: UserId, by: UserId | null) => read({ change, who: [who], by });
  expect(said('joined', 1, null)).toBe('You joined');
  expect(said('left', 2, null)).toBe('Grace left');
  expect(said('invited', 1, 2)).toBe('Grace let you in');
  expect(said('removed', 2, 1)).toBe('You removed Grace');
  expect(said('promoted', 2, 1)).toBe('You made Grace a moderator');
  expect(said('promoted', 1, null)).toBe('You are a moderator');
  expect(said('promoted', 2, null)).toBe('Grace is a moderator');
  expect(said('demoted', 2, 1)).toBe('You took moderating from Grace');
  expect(said('demoted', 2, null)).toBe('Grace is no more a moderator');
});
