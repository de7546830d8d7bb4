import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command } from '../../gen/protocol';
import { chosen, wanted } from './availability';
import { shownOf, toWatch, wordsOf } from './presence';
import { Presences } from './presences.svelte';
import { Typists, writing } from './typists.svelte';

const NOW = Date.UTC(2026, 10, 30, 16);
const MINUTE = 60_000;

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

/** A page, whether somebody sees it, and what it says. */
function page(seen = true) {
  const said: Command[] = [];
  const sight = { seen };
  const presences = new Presences(
    { watched: () => sight.seen },
    () => Date.now(),
    (command) => said.push(command),
  );
  return { presences, said, sight };
}

test('input on a page that somebody sees is said once in a minute, and how long ago it was in `hello`', () => {
  const { presences, said, sight } = page();
  vi.advanceTimersByTime(90_500);
  expect(presences.hello()).toEqual({ people: [], idle: 90 });
  presences.input();
  vi.advanceTimersByTime(MINUTE - 1);
  presences.input();
  expect(said).toEqual([{ type: 'active' }]);
  vi.advanceTimersByTime(1);
  presences.input();
  expect(said).toHaveLength(2);
  sight.seen = false;
  vi.advanceTimersByTime(10 * MINUTE);
  presences.input();
  expect([said.length, presences.hello().idle]).toEqual([2, 600]);
});

test('whoever opens a page where nobody sees it is not there', () => {
  expect(page(false).presences.hello().idle).toBeGreaterThan(3_600);
});

test('the server is told of whom is drawn, and again only when that changes', () => {
  const { presences, said } = page();
  presences.draws([3, 1, 3]);
  presences.draws([1, 3]);
  expect(said).toEqual([{ type: 'watch', people: [1, 3] }]);
  expect(presences.hello().people).toEqual([1, 3]);
  expect(toWatch([9, 8, 7], 2)).toEqual([8, 9]);
});

test('whoever is busy is so until the end, beside how they are there, in words as well', () => {
  const busy = { id: 2, state: 'away', busy: new Date(NOW + 1).toISOString() } as const;
  expect(wordsOf(shownOf(busy, NOW))).toBe('away, does not want to be disturbed');
  expect(wordsOf(shownOf(busy, NOW + 1))).toBe('away');
  expect(shownOf(undefined, NOW)).toEqual({ state: 'offline', busy: false });
});

test('who writes is forgotten after six seconds without another word of it, or with their message', () => {
  const typists = new Typists();
  typists.heard({ room: 1, user: 2 });
  typists.heard({ room: 1, user: 3 });
  typists.heard({ room: 11, user: 4 });
  vi.advanceTimersByTime(5_999);
  typists.heard({ room: 1, user: 2 });
  expect(typists.in(1)).toEqual([3, 2]);
  vi.advanceTimersByTime(1);
  expect([typists.in(1), typists.in(11)]).toEqual([[2], []]);
  typists.said(1, 2);
  expect(typists.in(1)).toEqual([]);
});

test('one says that one writes once in three seconds, and in another room at once', () => {
  const { presences, said } = page();
  for (const wait of [0, 2_999, 1]) {
    vi.advanceTimersByTime(wait);
    presences.writes(1);
  }
  presences.writes(2);
  expect(said.map((command) => 'room' in command && command.room)).toEqual([1, 1, 2]);
});

test('up to three who write are called by name', () => {
  expect(writing(['Ada'])).toEqual({ names: ['Ada'], after: 'is writing…' });
  expect(writing(['Ada', 'Grace', 'Linus']).after).toBe('are writing…');
  expect(writing(['a', 'b', 'c', 'd'])).toEqual({ names: [], after: 'Several people are writing…' });
});

test('how one wants to be seen is chosen for all devices, and is over when its time is', () => {
  const hour = wanted('hour', {}, NOW);
  expect([chosen(hour, NOW), chosen(hour, NOW + 60 * MINUTE)]).toEqual(['busy', 'online']);
  expect(wanted('busy', hour, NOW)).toBe(hour);
  const morning = Date.parse(wanted('morning', {}, NOW).busy_until ?? '');
  expect(new Date(morning).getHours()).toBe(8);
  expect(morning - NOW).toBeGreaterThan(0);
  expect(morning - NOW).toBeLessThanOrEqual(25 * 60 * MINUTE);
  expect([chosen(wanted('hidden', hour, NOW), NOW), wanted('online', hour, NOW)]).toEqual(['hidden', {}]);
});
