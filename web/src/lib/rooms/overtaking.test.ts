import { expect, test, vi } from 'vitest';
import type { Called } from '../../gen/protocol';
import { message } from '../socket/wires';
import { setsTheStage, settled, stage } from './stage';

setsTheStage();

/** What was sent, by nonce, and after what. */
const links = () => stage.sends.map(({ nonce, after }) => [nonce, after]);

async function says(...texts: string[]) {
  await Promise.all(texts.map((text) => stage.lobby.say(text)));
}

/** The server has stored what was sent as this one of all. */
function answer(at: number) {
  stage.world.wire.say({ type: 'ok', ref: stage.sends[at]!.ref!, id: 5, seq: at + 1, time: '' });
}

test('messages go out without waiting for answers, up to eight at once, and each names the one before it', async () => {
  stage.arriveWith(0);
  await says('1', '2', '3', '4', '5', '6', '7', '8', '9', '10');
  const chain = Array.from({ length: 10 }, (_, at) => [`n${at + 1}`, at === 0 ? undefined : `n${at}`]);
  expect(links()).toEqual(chain.slice(0, 8));
  answer(0);
  await settled();
  expect(links()).toEqual(chain.slice(0, 9));
  stage.world.wire.say({ type: 'message', ...message(1, '1', { user: 'Ada', nonce: 'n1' }) });
  // Answers need not come in their order.
  answer(2);
  await settled();
  expect(links()).toEqual(chain);
});

test('after a refusal for a time all go again in order: one, then two, then four', async () => {
  stage.arriveWith(0);
  await says('1', '2', '3', '4', '5', '6', '7', '8', '9');
  for (let at = 0; at < 8; at += 1) {
    await vi.advanceTimersByTimeAsync(300);
    const ref = stage.sends[at]!.ref!;
    stage.world.wire.say({ type: 'error', code: 'rate_limited', message: 'Slowly.', ref, retry_after: 1 });
  }
  await vi.advanceTimersByTimeAsync(999);
  expect(stage.sends).toHaveLength(8);
  await vi.advanceTimersByTimeAsync(1);
  const again = () => links().slice(8);
  expect(again()).toEqual([['n1', undefined]]);
  answer(8);
  await settled();
  const two = [
    ['n2', undefined],
    ['n3', 'n2'],
  ];
  expect(again().slice(1)).toEqual(two);
  answer(9);
  await settled();
  expect(again().slice(3)).toEqual([
    ['n4', 'n3'],
    ['n5', 'n4'],
    ['n6', 'n5'],
  ]);
});

test('four messages on a line of two seconds take as long as one', async () => {
  stage.arriveWith(0);
  const { wire } = stage.world;
  const far = wire.send.bind(wire);
  let stored = 0;
  const begin = Date.now();
  wire.send = (text) => {
    far(text);
    const { type, ref, nonce = '', text: said } = wire.last as Called & { type: 'send' };
    expect(type).toBe('send');
    setTimeout(() => {
      const seq = (stored += 1);
      const { time, id } = message(seq, said);
      wire.say({ type: 'ok', ref: ref!, id, seq, time });
      wire.say({ type: 'message', ...message(seq, said, { user: 'Ada', nonce }) });
    }, 4_000);
  };
  await says('one', 'two', 'three', 'four');
  while (stage.ada.outbox.entries.length > 0) await vi.advanceTimersByTimeAsync(100);
  expect(Date.now() - begin).toBeLessThan(4_200);
  expect(stage.texts).toEqual(['one', 'two', 'three', 'four']);
});
