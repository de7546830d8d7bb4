import { afterEach, expect, test, vi } from 'vitest';
import { attend } from './waking';

const network = new EventTarget();
let visible = true;
let told: string[] = [];

Object.defineProperty(navigator, 'connection', { value: network, configurable: true });
Object.defineProperty(document, 'visibilityState', { get: () => (visible ? 'visible' : 'hidden') });

afterEach(() => {
  visible = true;
  told = [];
});

const woken = {
  probe: () => void told.push('probe'),
  wentOffline: () => void told.push('offline'),
  wentOnline: () => void told.push('online'),
  rest: () => void told.push('rest'),
};

test('every way of coming back is noticed, and so is every way of going', () => {
  const stop = attend(woken);
  const moments: [EventTarget, string, string][] = [
    [document, 'visibilitychange', 'probe'],
    [document, 'resume', 'probe'],
    [window, 'pageshow', 'probe'],
    [network, 'change', 'probe'],
    [window, 'online', 'online'],
    [window, 'offline', 'offline'],
    [window, 'pagehide', 'rest'],
  ];
  const happen = () => moments.forEach(([target, name]) => target.dispatchEvent(new Event(name)));
  happen();
  expect(told).toEqual(moments.map(([, , what]) => what));
  visible = false;
  document.dispatchEvent(new Event('visibilitychange'));
  stop();
  happen();
  expect(told).toHaveLength(moments.length);
});

test('a page that comes up without a network says so at once', () => {
  const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  attend(woken)();
  expect(told).toEqual(['offline']);
  onLine.mockRestore();
});
