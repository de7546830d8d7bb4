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

test('it waits longer after each failure and comes back', async () => {
  arrive();
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

/** Says everything that time brings, and answers for how many seconds it took until the page gave up. */
async function secondsUntilLost(atMost: number, each: (second: number) => void = () => undefined) {
  for (let second = 1; second <= atMost; second += 1) {
    each(second);
    await vi.advanceTimersByTimeAsync(1_000);
    if (connection.phase !== 'open') return second;
  }
  return Infinity;
}

test('i3_whatever was heard or said last, silence is noticed within thirty seconds', async () => {
  for (const quiet of [0, 1, 9, 14]) {
    arrive();
    await vi.advanceTimersByTimeAsync(quiet * 1_000);
    world.wire.say({ type: 'users', users: ['Ada'] });
    world.isWatched = quiet !== 1;
    const { wire } = world;
    expect(await secondsUntilLost(60)).toBe(25);
    expect(wire.isClosed).toBe(true);
    connection.retryNow();
  }
});

test('silence is asked whether anybody is there, and answers are enough', async () => {
  arrive();
  for (let asked = 1; asked < 5; asked += 1) {
    await vi.advanceTimersByTimeAsync(14_999);
    expect(world.wire.sent).toHaveLength(asked);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.wire.last).toMatchObject({ type: 'read', up_to: 0 });
    world.wire.say({ type: 'ok', ref: world.wire.last.ref! });
  }
  expect(world.wires).toHaveLength(1);
});

test('whoever hears something need not ask', async () => {
  arrive();
  for (let time = 0; time < 120; time += 10) {
    await vi.advanceTimersByTimeAsync(10_000);
    world.wire.say({ type: 'users', users: ['Ada'] });
  }
  expect(world.wire.sent).toHaveLength(1);
});

test('what has no answer for five seconds is said to be late and asked about, and ten seconds later it is over', async () => {
  arrive();
  const call = connection.call({ type: 'delete', id: 9 });
  const lost = expect(call).rejects.toMatchObject({ code: 'lost' });
  await vi.advanceTimersByTimeAsync(4_999);
  expect([connection.late, connection.well, world.wire.last.type]).toEqual([false, true, 'delete']);
  await vi.advanceTimersByTimeAsync(1);
  expect([connection.late, connection.well, world.wire.last.type]).toEqual([true, false, 'read']);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(connection.phase).toBe('open');
  await vi.advanceTimersByTimeAsync(1);
  await lost;
  expect([connection.phase, connection.late, world.wires[0]!.isClosed]).toEqual(['waiting', false, true]);
});

test('a slow link is no dead one: as long as anything comes it stays, and what is answered is late no more', async () => {
  arrive();
  const answer = vi.fn();
  void connection.call({ type: 'delete', id: 9 }).then(answer);
  const { ref } = world.wire.last;
  expect(await secondsUntilLost(25, () => world.wire.say({ type: 'users', users: [] }))).toBe(Infinity);
  expect(connection.late).toBe(true);
  world.wire.say({ type: 'ok', ref: ref! });
  const probes = world.wire.sent.filter((command) => command.type === 'read');
  for (const probe of probes) world.wire.say({ type: 'ok', ref: probe.ref! });
  await vi.advanceTimersByTimeAsync(0);
  expect([answer.mock.calls.length, connection.late, connection.phase]).toEqual([1, false, 'open']);
});

test('a server that goes on without an answer is left after half a minute', async () => {
  arrive();
  const call = connection.call({ type: 'delete', id: 9 });
  const lost = expect(call).rejects.toMatchObject({ code: 'lost' });
  expect(await secondsUntilLost(60, () => world.wire.say({ type: 'users', users: [] }))).toBe(30);
  await lost;
});

test('a gap that nobody fills is asked about on another connection', async () => {
  arrive();
  connection.resume();
  expect(await secondsUntilLost(60, () => world.wire.say({ type: 'users', users: [] }))).toBe(30);
});

test('whoever comes back asks at once, once, and need not wait for an attempt', async () => {
  arrive();
  connection.probe();
  connection.probe();
  expect(world.wire.sent.slice(1)).toMatchObject([{ type: 'read', up_to: 0 }]);
  expect(await secondsUntilLost(60)).toBe(10);
  connection.probe();
  expect([connection.phase, world.wires.length]).toEqual(['connecting', 2]);
  connection.probe();
  expect(world.wires).toHaveLength(2);
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
