import { expect, test } from 'vitest';
import type { Event } from '../../gen/protocol';
import { eventIn } from './events';
import { history, message, welcome } from './wires';

const time = '2026-11-23T15:04:05.123Z';

/** What the server says, as docs/protocol.md has it. */
const said: Event[] = [
  { type: 'message', ...message(3, 'three') },
  { type: 'message', ...message(4, 'four', { edited: time, nonce: 'n' }) },
  { type: 'edit', id: 7, text: 'Better.', time, room: 1, seq: 5 },
  { type: 'delete', id: 7, room: 1, seq: 6 },
  { type: 'users', users: ['Ada'] },
  { type: 'presence', online: ['Ada'], offline: [] },
  { type: 'people', reset: true, people: [{ id: 2, state: 'online' }] },
  { type: 'seen', room: 1, up_to: 5 },
  { type: 'ok', ref: 1, id: 7, seq: 5, time },
  { type: 'ok', ref: 'a' },
  { type: 'error', code: 'not_found', message: 'There is no such message.' },
  { type: 'error', code: 'rate_limited', message: 'Slower.', ref: 1, field: 'text', id: 7, retry_after: 1 },
  welcome(6),
  history(6, [message(3, 'three')], { deleted: [7] }),
];

test.each(said)('$type is an event, also with more in it than is known', (event) => {
  expect(eventIn(JSON.stringify(event))).toEqual(event);
  expect(eventIn(JSON.stringify({ ...event, later: 1 }))).toEqual({ ...event, later: 1 });
});

test('what is no JSON object with a type is no event', () => {
  const frames = [
    '',
    'null',
    '5',
    '"users"',
    '[]',
    '[{"type":"users"}]',
    '{',
    '{}',
    '{"type":7}',
    '<html></html>',
  ];
  for (const frame of frames) expect(eventIn(frame), frame).toBeNull();
  expect(eventIn(new Blob([]))).toBeNull();
});

test('what a page cannot do without is no event without its form', () => {
  for (const event of said.filter(({ type }) => !['message', 'edit', 'delete'].includes(type))) {
    const { type, ...rest } = event;
    for (const name of Object.keys(rest)) {
      expect(eventIn(JSON.stringify({ type, ...rest, [name]: { no: 1 } })), `${type} ${name}`).toBeNull();
    }
  }
  for (const own of ['constructor', '__proto__', 'toString']) {
    expect(eventIn(`{"type":"${own}","room":1,"seq":2}`)).toMatchObject({ type: 'unknown', seq: 2 });
  }
});

test('what a newer server says, or says in another way, keeps its number and shows nothing', () => {
  expect(eventIn('{"type":"pin","room":1,"seq":7}')).toEqual({ type: 'unknown', room: 1, seq: 7 });
  const edit = { type: 'edit', id: 7, text: { html: '' }, time, room: 1, seq: 8 };
  expect(eventIn(JSON.stringify(edit))).toMatchObject({ type: 'unknown', room: 1, seq: 8 });
  const late = { type: 'message', ...message(9, 'nine'), time: 'soon' };
  expect(eventIn(JSON.stringify(late))).toMatchObject({ type: 'unknown', seq: 9 });
});
