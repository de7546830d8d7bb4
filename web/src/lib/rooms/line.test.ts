import { expect, test, vi } from 'vitest';
import type { Event } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { setsTheStage, stage } from './stage';

setsTheStage();

test('the address to hand out is known from the server’s word on, also to the page that is opened next', async () => {
  expect(stage.ada.publicUrl).toBeUndefined();
  const hello = { ...welcome(0), public_url: 'https://chat.example.org/' } as Event;
  stage.arrive(hello, history(0, []));
  expect(stage.ada.publicUrl).toBe('https://chat.example.org/');
  stage.ada.putAway();
  await stage.reload();
  expect(stage.ada.publicUrl).toBe('https://chat.example.org/');
});

test('a gap is asked for, and nothing after it is shown before the answer', () => {
  stage.arriveWith(1);
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: { 1: 1 },
    epoch: 'first',
    reset_after: 1000,
  });
  expect(stage.texts).toEqual(['m1']);
  stage.world.wire.say(welcome(3), history(3, [message(2, 'two'), message(3, 'three')], { reset: false }));
  stage.world.wire.say({ type: 'message', ...message(4, 'four') });
  expect(stage.texts).toEqual(['m1', 'two', 'three', 'four']);
});

test('who comes back asks from where they were and is as if they had never left', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: { 1: 3 },
    epoch: 'first',
    reset_after: 1000,
  });
  const changed = message(2, 'two, changed', { edited: '2026-11-23T16:00:00Z' });
  stage.world.wire.say(
    welcome(6),
    history(6, [changed, message(6, 'six')], { reset: false, deleted: [1001] }),
  );
  expect(stage.texts).toEqual(['two, changed', 'm3', 'six']);
});

test('a connection that breaks between two pages goes on from the first', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(9), history(6, [message(5, 'five')], { reset: false, live: false }));
  stage.world.wire.end(4008, 'too slow');
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ rooms: { 1: 6 } });
});

test('a new epoch counts only once its history has come', async () => {
  stage.arriveWith(3);
  stage.world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  stage.arrive(welcome(1, { epoch: 'second' }));
  stage.world.wire.end();
  expect(stage.shelf.held.get(1)).toMatchObject({ epoch: 'first', seq: 3 });
  await vi.advanceTimersByTimeAsync(5000);
  stage.world.wire.open();
  expect(stage.world.wire.last).toMatchObject({ rooms: { 1: 3 }, epoch: 'first' });
});

test('who is online follows whole sets and deltas, and a lost connection changes nothing', async () => {
  stage.arriveWith(0);
  stage.world.wire.say({ type: 'users', users: ['Ada', 'Grace'] });
  stage.world.wire.say({ type: 'presence', online: ['Linus'], offline: ['Grace'] });
  expect(stage.ada.online).toEqual(['Ada', 'Linus']);
  stage.world.wire.end();
  expect(stage.ada.online).toEqual(['Ada', 'Linus']);
});
