import { afterEach, expect, test, vi } from 'vitest';
import { onWaking } from './waking';

const wake = vi.fn();
const network = new EventTarget();
let visible = true;

Object.defineProperty(navigator, 'connection', { value: network, configurable: true });
Object.defineProperty(document, 'visibilityState', { get: () => (visible ? 'visible' : 'hidden') });

afterEach(() => {
  visible = true;
  wake.mockClear();
});

test('every way of coming back is noticed, and going away is none', () => {
  const stop = onWaking(wake);
  visible = false;
  document.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new Event('offline'));
  expect(wake).not.toHaveBeenCalled();
  visible = true;
  const back: [EventTarget, string][] = [
    [document, 'visibilitychange'],
    [document, 'resume'],
    [window, 'pageshow'],
    [window, 'online'],
    [network, 'change'],
  ];
  for (const [index, [target, name]] of back.entries()) {
    target.dispatchEvent(new Event(name));
    expect(wake, name).toHaveBeenCalledTimes(index + 1);
  }
  stop();
  for (const [target, name] of back) target.dispatchEvent(new Event(name));
  expect(wake).toHaveBeenCalledTimes(back.length);
});
