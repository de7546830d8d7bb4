import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../gen/protocol';
import { rows } from './rows';
import { Calendar, Clock, clock, dayName, dayOf, timeOf, untilNextLook } from './times.svelte';

const ADA = { id: 1, username: 'Ada' };

const HOUR_MS = 3_600_000;
const home = process.env.TZ;

/** Moves this machine to another time zone, as a traveller's does while a page is open. */
function travel(zone: string): void {
  process.env.TZ = zone;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  process.env.TZ = home;
  clock.look();
});

test('days are named from where the reader stands', () => {
  travel('Europe/Berlin');
  const calendar = new Calendar('en-GB');
  const day = (at: string) => calendar.dayName(Date.parse(at), Date.parse('2026-11-23T08:00:00Z'));
  expect(day('2026-11-22T23:00:00Z')).toBe('Today');
  expect(day('2026-11-22T22:59:59Z')).toBe('Yesterday');
  expect(day('2026-11-21T22:59:59Z')).toBe('Saturday 21 November');
  expect(day('2025-12-31T22:59:59Z')).toBe('31 December 2025');
  expect(day('2025-12-31T23:00:00Z')).toBe('Thursday 1 January');
});

test.each([
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Africa/Cairo', '2026-04-24', 23],
  ['Asia/Kathmandu', '2026-05-01', 24],
])('in %s, %s has %d hours and is one day', (zone, day, hours) => {
  travel(zone);
  const calendar = new Calendar('en-GB');
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const begins = new Date(year, month - 1, date).getTime();
  const last = begins + hours * HOUR_MS - 1;
  expect([begins, last, last + 1, begins - 1].map((at) => calendar.dayOf(at) === day)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(calendar.dayName(begins, last)).toBe('Today');
  expect(calendar.dayName(begins - 1, last)).toBe('Yesterday');
  expect(calendar.dayName(last, last + 1)).toBe('Yesterday');
  expect(calendar.dayName(begins - 1, last + 1)).not.toMatch(/day$/);
  expect(untilNextLook(last)).toBe(1);
});

test('zones of half and quarter hours have their own days', () => {
  const at = Date.parse('2026-12-31T18:20:00Z');
  const seen = ['Asia/Kolkata', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'].map((zone) => {
    travel(zone);
    const calendar = new Calendar('en-GB');
    return `${calendar.dayOf(at)} ${calendar.timeOf(at).padStart(5, '0')}`;
  });
  expect(seen).toEqual(['2026-12-31 23:50', '2027-01-01 00:05', '2026-12-31 14:50', '2027-01-01 08:05']);
});

test('hours are counted as the reader’s language counts them', () => {
  travel('Europe/Berlin');
  const at = Date.parse('2026-11-23T18:21:00Z');
  const seen = ['en-US', 'de', 'en-US-u-hc-h23', 'ar-EG'].map((language) =>
    new Calendar(language).timeOf(at),
  );
  expect(seen).toEqual(['7:21 PM', '19:21', '19:21', '٧:٢١ م']);
});

test('a page left open learns that it is tomorrow, at midnight', () => {
  travel('Asia/Kathmandu');
  vi.setSystemTime('2026-12-31T18:14:30Z');
  const open = new Clock();
  const stop = open.start();
  expect(open.calendar.dayOf(open.today)).toBe('2026-12-31');
  vi.advanceTimersByTime(29_999);
  expect(open.calendar.dayOf(open.today)).toBe('2026-12-31');
  vi.advanceTimersByTime(1);
  expect(open.calendar.dayOf(open.today)).toBe('2027-01-01');
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test.each(['visibilitychange', 'resume', 'pageshow', 'focus'])(
  'a page that slept learns it from %s',
  (event) => {
    vi.setSystemTime('2026-11-23T12:00:00Z');
    const open = new Clock();
    const stop = open.start();
    vi.setSystemTime('2026-11-25T12:00:00Z');
    const target = ['pageshow', 'focus'].includes(event) ? window : document;
    target.dispatchEvent(new Event(event));
    expect(open.calendar.dayOf(open.today)).toBe('2026-11-25');
    stop();
  },
);

test('in another time zone everything is as after a reload', () => {
  travel('Europe/Berlin');
  vi.setSystemTime('2026-11-23T22:00:00Z');
  const stop = clock.start();
  clock.look();
  const said = (seq: number, time: string): Message => ({
    id: seq,
    user: 'Ada',
    text: 'hi',
    time,
    seen: false,
    room: 1,
    seq,
  });
  const messages = [
    said(1, '2026-11-22T22:30:00Z'),
    said(2, '2026-11-22T23:30:00Z'),
    said(3, '2026-11-23T19:00:00Z'),
  ];
  const shown = () =>
    rows(messages, [], ADA).map(
      (row) => `${row.opensDay ? `${dayName(row.at)} ${dayOf(row.at)} ` : ''}${timeOf(row.at)}`,
    );
  const yesterday = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(-1, 'day');
  expect(shown()[0]?.toLowerCase()).toContain(`${yesterday} 2026-11-22`);
  expect(shown().map((row) => row.match(/\d{4}-\d\d-\d\d/)?.[0])).toEqual([
    '2026-11-22',
    '2026-11-23',
    undefined,
  ]);
  travel('Asia/Kathmandu');
  vi.advanceTimersByTime(60_000);
  expect(shown().map((row) => row.match(/\d{4}-\d\d-\d\d/)?.[0])).toEqual([
    '2026-11-23',
    undefined,
    '2026-11-24',
  ]);
  expect(shown()[2]).toMatch(/12:45|0:45|00:45/);
  stop();
});
