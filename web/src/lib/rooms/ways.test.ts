import { beforeEach, expect, test } from 'vitest';
import { addressOf, placeIn, Ways } from './ways.svelte';

beforeEach(() => history.replaceState(null, '', '/ui/chat.html'));

test('an address names a room and whether one is before the list; without a word, the first room', () => {
  for (const place of [
    { room: 1, atList: false },
    { room: 1_795_446_245_000_001, atList: false },
    { room: 7, atList: true },
    { room: 1, atList: true },
  ])
    expect(placeIn(addressOf(place))).toEqual(place);
  expect(addressOf({ room: 1, atList: false })).toBe('?');
  expect(addressOf({ room: 7, atList: true })).toBe('?rooms&room=7');
});

test('what cannot be a room is an address of none', () => {
  for (const search of [
    '?room=',
    '?room=0',
    '?room=-1',
    '?room=lobby',
    '?room=1e3',
    '?room=99999999999999999',
  ])
    expect(placeIn(search).room, search).toBe(Number.MAX_SAFE_INTEGER);
});

test('each place is a step of the browser’s history, once', () => {
  const ways = new Ways();
  const length = history.length;
  ways.go({ room: 7, atList: false });
  ways.go({ room: 7, atList: false });
  expect([location.search, history.length - length]).toEqual(['?room=7', 1]);
  ways.instead({ room: 1, atList: false });
  expect([location.pathname + location.search, history.length - length]).toEqual(['/ui/chat.html', 1]);
});
