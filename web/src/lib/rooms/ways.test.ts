import { beforeEach, expect, test, vi } from 'vitest';
import { addressOf, placeIn, type Way, Ways } from './ways.svelte';

beforeEach(() => history.replaceState(null, '', '/ui/chat.html'));

test('an address names a room and whether one is before the list; without a word, the first room', () => {
  const places: Way[] = [
    { room: 1, atList: false },
    { room: 1_795_446_245_000_001, atList: false },
    { room: 7, atList: true },
    { room: 1, atList: true },
    { room: 7, atList: false, view: 'members' },
    { room: 1, atList: true, view: 'person', person: 12 },
  ];
  for (const place of places) expect(placeIn(addressOf(place))).toEqual(place);
  expect(addressOf({ room: 1, atList: false })).toBe('?');
  expect(addressOf({ room: 7, atList: true })).toBe('?rooms&room=7');
  expect(addressOf({ room: 7, atList: false, view: 'members' })).toBe('?room=7&view=members');
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

test('what is no view, or is about nobody, is none', () => {
  for (const search of ['?view=', '?view=nothing', '?view=person', '?view=person&person=x', '?person=3'])
    expect(placeIn(search), search).toEqual({ room: 1, atList: false });
});

test('whoever goes back leaves by the way that they came, and whoever came by an address has no way behind them', () => {
  const back = vi.spyOn(history, 'back').mockImplementation(() => undefined);
  history.replaceState(null, '', '/ui/chat.html?view=me');
  const room = { room: 1, atList: false };
  const ways = new Ways();
  ways.back(room);
  expect([location.search, back.mock.calls.length, ways.here]).toEqual(['', 0, room]);
  ways.go({ ...room, view: 'me' });
  // Also after the page was loaded anew; and pressed twice, once.
  const again = new Ways();
  again.back(room);
  again.back(room);
  expect([location.search, back.mock.calls.length]).toEqual(['?view=me', 1]);
  history.replaceState(null, '', '/ui/chat.html');
  again.gone();
  expect(again.here).toEqual(room);
});
