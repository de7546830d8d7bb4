import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { history, message, welcome } from '../socket/wires';
import { Stage } from './stage';

let stage: Stage;

beforeEach(async () => {
  vi.useFakeTimers();
  stage = new Stage();
  await stage.ada.start();
});

afterEach(() => {
  stage.ada.connection.stop();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test('older messages come before the first, page by page, until there are none', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.ada.loadOlder();
  void stage.ada.loadOlder();
  expect(stage.pages.map((page) => page.before)).toEqual([9]);
  stage.pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: false });
  await settled();
  expect(stage.texts).toEqual(['seven', 'eight', 'nine']);
  await stage.ada.loadOlder();
  expect(stage.pages).toHaveLength(1);
});

test('a change that overtakes the page it belongs to is not lost', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.ada.loadOlder();
  stage.world.wire.say({
    type: 'edit',
    id: 1007,
    text: 'SEVEN',
    time: '2026-11-23T15:04:06.123Z',
    room: 1,
    seq: 10,
  });
  stage.world.wire.say({ type: 'delete', id: 1008, room: 1, seq: 11 });
  stage.pages[0]!.answer({ messages: [message(7, 'seven'), message(8, 'eight')], more: true });
  await settled();
  expect(stage.texts).toEqual(['SEVEN', 'nine']);
});

test('a page that does not come is said so and can be asked for again', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.ada.loadOlder();
  stage.pages[0]!.fail();
  await settled();
  expect(stage.ada.olderFailed).toBe(true);
  void stage.ada.loadOlder();
  expect(stage.pages).toHaveLength(2);
  expect(stage.ada.olderFailed).toBe(false);
});

test('a page asked for before a reset does not come into what follows it', async () => {
  stage.arrive(welcome(9), history(9, [message(9, 'nine')], { more: true }));
  void stage.ada.loadOlder();
  stage.world.wire.say(welcome(1, { epoch: 'second' }), history(1, [message(1, 'anew')]));
  stage.pages[0]!.answer({ messages: [message(8, 'eight')], more: false });
  await settled();
  expect(stage.texts).toEqual(['anew']);
});
