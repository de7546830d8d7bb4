import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Event } from '../../gen/protocol';
import { Connection } from './connection.svelte';
import { FakeWorld, welcome } from './wires';

let world: FakeWorld;
let connection: Connection;
let received: Event[];
let over: number;

beforeEach(() => {
  vi.useFakeTimers();
  world = new FakeWorld();
  received = [];
  over = 0;
  connection = new Connection(world, {
    hello: () => ({ rooms: { 1: received.length } }),
    receive: (event) => received.push(event),
    lost: () => undefined,
    sessionOver: () => (over += 1),
  });
  connection.connect();
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

function arrive() {
  world.wire.open();
  world.wire.say(welcome(0));
}

test('it says hello first and is open once that is answered', () => {
  world.wire.open();
  expect(world.wire.sent).toEqual([{ type: 'hello', rooms: { 1: 0 } }]);
  expect(connection.phase).toBe('connecting');
  world.wire.say(welcome(0));
  expect(connection.phase).toBe('open');
});

test('each command gets its own answer, in whatever order they come', async () => {
  arrive();
  const first = connection.call({ type: 'read', up_to: 1 });
  const second = connection.call({ type: 'delete', id: 9 });
  const [, one, two] = world.wire.sent;
  world.wire.say({ type: 'error', code: 'not_found', message: 'There is no such message.', ref: two!.ref! });
  world.wire.say({ type: 'ok', ref: one!.ref! });
  await expect(first).resolves.toMatchObject({ ref: one!.ref });
  await expect(second).rejects.toMatchObject({ code: 'not_found' });
});

test('what was on its way when the connection went is reported as lost', async () => {
  arrive();
  const call = connection.call({ type: 'delete', id: 9 });
  world.wire.end();
  await expect(call).rejects.toMatchObject({ code: 'lost' });
  await expect(connection.call({ type: 'delete', id: 9 })).rejects.toMatchObject({ code: 'lost' });
});

test('a page that nobody sees waits longer after each failure and comes back', async () => {
  arrive();
  world.isWatched = false;
  world.wire.end();
  expect(connection.phase).toBe('waiting');
  await vi.advanceTimersByTimeAsync(4999);
  expect(world.wires).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(world.wires).toHaveLength(2);
  world.wire.end();
  await vi.advanceTimersByTimeAsync(9999);
  expect(world.wires).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  arrive();
  expect(connection.phase).toBe('open');
});

test('a page that somebody sees tries every five seconds at least, and asks ever more seldom after its session', async () => {
  const asked = vi.spyOn(world, 'sessionLives');
  for (let failure = 1; failure <= 20; failure += 1) {
    world.wire.end();
    expect(world.wires).toHaveLength(failure);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.wires).toHaveLength(failure + 1);
  }
  expect(asked).toHaveBeenCalledTimes(5);
});

test('a page that was put away and comes back connects at once, and has lost nothing to speak of', async () => {
  arrive();
  const { wire } = world;
  connection.rest();
  expect([wire.isClosed, connection.well]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(world.wires).toHaveLength(1);
  connection.probe();
  expect([world.wires.length, connection.well]).toEqual([2, true]);
  arrive();
  expect([connection.phase, connection.well]).toEqual(['open', true]);
  world.wire.end();
  connection.rest();
  connection.probe();
  expect([connection.phase, connection.well]).toEqual(['connecting', true]);
  world.wire.end();
  expect(connection.well).toBe(false);
});

test('a restarting server is left alone for as long as it says', async () => {
  arrive();
  world.wire.end(1012, '300');
  await vi.advanceTimersByTimeAsync(299);
  expect(world.wires).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(world.wires).toHaveLength(2);
});

test('who read too slowly comes back as after any loss, and who said too much stays away for longer', async () => {
  world.chance = 0;
  arrive();
  world.wire.end(4008, 'too slow');
  await vi.advanceTimersByTimeAsync(0);
  expect(world.wires).toHaveLength(2);
  arrive();
  world.wire.end(4029, 'too much');
  await vi.advanceTimersByTimeAsync(9999);
  expect(world.wires).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(world.wires).toHaveLength(3);
});

test('a person who does not want to wait is not made to', () => {
  arrive();
  world.wire.end();
  connection.retryNow();
  expect(world.wires).toHaveLength(2);
  connection.retryNow();
  expect(world.wires).toHaveLength(2);
});

test('close code 4001 ends it for good', async () => {
  arrive();
  world.wire.end(4001, 'over');
  expect(over).toBe(1);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(world.wires).toHaveLength(1);
});

test('a refused handshake ends it if the session is over, and only then', async () => {
  world.wire.end();
  await vi.advanceTimersByTimeAsync(5000);
  expect(over).toBe(0);
  expect(world.wires).toHaveLength(2);
  world.lives = false;
  world.wire.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(over).toBe(1);
});

test('a handshake that nobody finishes is given up too', async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.wires[0]!.isClosed).toBe(true);
  expect(connection.phase).toBe('waiting');
});

test('what a newer server says more does nothing', () => {
  arrive();
  world.wire.onmessage?.({ data: '{"type":"something new","room":1}' });
  expect(connection.phase).toBe('open');
});

test('whoever says what is no event is left, and what is true asked for anew', async () => {
  for (const data of ['<html>Welcome to the hotel</html>', 'null', '5', '[]', '{"type":"users"}']) {
    arrive();
    const { wire } = world;
    wire.onmessage?.({ data });
    expect([connection.phase, wire.isClosed]).toEqual(['waiting', true]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.wire).not.toBe(wire);
  }
});

test('an answer to hello that welcomes nobody opens nothing', () => {
  world.wire.open();
  world.wire.onmessage?.({ data: JSON.stringify({ ref: 0, ...world.wire.last }) });
  expect(connection.phase).toBe('waiting');
});
