import { beforeEach, expect, test } from 'vitest';
import { DeviceNews, NEWS_MS } from './devices.svelte';

const NOW = Date.parse('2026-11-23T15:04:05.123Z');
const time = new Date(NOW).toISOString();

function session(id: number, current = false) {
  return { id, created: time, used: time, expires: time, current, agent: 'Firefox on Linux' };
}

/** An account with these sessions. */
function account(...all: ReturnType<typeof session>[]) {
  const ended: number[] = [];
  const sessions = () => Promise.resolve(all.filter(({ id }) => !ended.includes(id)));
  const endSession = (id: number) => {
    if (ended.includes(id)) return Promise.reject(new Error('There is no such session.'));
    ended.push(id);
    return Promise.resolve();
  };
  return { sessions, endSession, ended };
}

beforeEach(() => localStorage.clear());

test('a new device is told of until somebody has seen it, also after a reload', async () => {
  const of = account(session(1, true), session(2));
  const news = new DeviceNews(of);
  await news.hear({ session: 2, time }, NOW);
  expect(news.session?.agent).toBe('Firefox on Linux');
  const reloaded = new DeviceNews(of);
  await reloaded.hear({ session: 2, time }, NOW);
  expect(reloaded.session?.id).toBe(2);
  reloaded.dismiss();
  const again = new DeviceNews(of);
  await again.hear({ session: 2, time }, NOW);
  expect(again.session).toBeNull();
});

test('nothing is told of this very device, of one that has ended, and of one that is no news any more', async () => {
  const of = account(session(1, true), session(2));
  const news = new DeviceNews(of);
  for (const [id, now] of [
    [1, NOW],
    [9, NOW],
    [2, NOW + NEWS_MS + 1],
  ] as const) {
    await news.hear({ session: id, time }, now);
    expect(news.session).toBeNull();
  }
  await news.hear(null, NOW);
  await news.hear({ session: 2, time }, NOW);
  expect(news.session?.id).toBe(2);
});

test('undoing ends the session, and one that another device has ended is none any more', async () => {
  const of = account(session(1, true), session(2));
  const [here, there] = [new DeviceNews(of), new DeviceNews(of)];
  await here.hear({ session: 2, time }, NOW);
  await there.hear({ session: 2, time }, NOW);
  await here.undo();
  await there.undo();
  expect([of.ended, here.session, there.session]).toEqual([[2], null, null]);
});

test('what could not be looked up is looked up with the next word of the server', async () => {
  const of = account(session(2));
  let asked = 0;
  const sessions = () => (++asked === 1 ? Promise.reject(new Error('No answer.')) : of.sessions());
  const news = new DeviceNews({ ...of, sessions });
  await news.hear({ session: 2, time }, NOW);
  expect(news.session).toBeNull();
  await news.hear({ session: 2, time }, NOW);
  expect(news.session?.id).toBe(2);
});
