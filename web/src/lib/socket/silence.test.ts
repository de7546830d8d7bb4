import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from './connection.svelte';
import { FakeWorld, welcome } from './wires';

let world: FakeWorld;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  world = new FakeWorld();
  connection = new Connection(world, {
    hello: () => ({ rooms: {} }),
    receive: () => undefined,
    lost: () => undefined,
    sessionOver: () => undefined,
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

test('what the browser knows is shown at once, and no longer than until it is shown to be wrong', async () => {
  arrive();
  connection.wentOffline();
  expect([connection.offline, connection.well, world.wire.last.type]).toEqual([true, false, 'read']);
  world.wire.say({ type: 'ok', ref: world.wire.last.ref! });
  expect(connection.offline).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  world.wire.say({ type: 'users', users: ['Ada'] });
  expect([connection.offline, connection.well]).toEqual([false, true]);
  connection.wentOffline();
  expect(await secondsUntilLost(60)).toBe(10);
  expect([connection.offline, connection.away]).toEqual([true, true]);
  connection.wentOnline();
  expect([connection.offline, connection.phase]).toEqual([false, 'connecting']);
});
