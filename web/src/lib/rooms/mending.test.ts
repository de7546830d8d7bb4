import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ErrorCode } from '../../gen/protocol';
import { Refusal } from '../socket/refusal';
import { Mending } from './mending';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asksAfter = async (code: ErrorCode | 'lost', renewed = false) => {
  const call = vi.fn(() => Promise.reject(new Refusal(code, 'No.', 2)));
  const mending = new Mending(call);
  mending.ask({ rooms: [] });
  await vi.advanceTimersByTimeAsync(1_000);
  if (renewed) mending.begin();
  await vi.advanceTimersByTimeAsync(5_500);
  return call.mock.calls.length;
};

test('what is refused for a time is asked for again, and what is refused for good is not', async () => {
  expect(await asksAfter('rate_limited')).toBe(4);
  expect(await asksAfter('overloaded')).toBe(4);
  for (const code of ['invalid_field', 'forbidden', 'not_found', 'unauthorized', 'lost'] as const)
    expect(await asksAfter(code)).toBe(1);
});

test('another connection begins with a hello that asks for everything', async () => {
  expect(await asksAfter('rate_limited', true)).toBe(1);
});
