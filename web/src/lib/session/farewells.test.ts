import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Farewells } from './farewells.svelte';
import { currentSession, forgetSession, keepSession, logOut } from './session';

const TOKEN = 'dG9rZW4tb2YtYWRhLXdpdGgtNDMtY2hhcmFjdGVycy4';
/** SHA-256 of the token's characters, in base64 for addresses. */
const FAREWELL = '93xpaKbu3OuEPteebrHmixXwa_6RzgyldrHonEa3wUY';
const OVER = problem(401, { status: 401, code: 'unauthorized', detail: 'Log in first.' });
const DONE = () => new Response(null, { status: 204 });

type Answer = () => Response;
let asked: string[];

function problem(status: number, body: object): Answer {
  return () =>
    new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } });
}

function page(status: number): Answer {
  return () => new Response('<h1>Welcome</h1>', { status, headers: { 'Content-Type': 'text/html' } });
}

function answering(...answers: Answer[]): void {
  vi.stubGlobal('fetch', (url: URL, { headers }: { headers: Record<string, string> }) => {
    asked.push(`${url.pathname} ${headers['Chatterbox-Farewell']}`);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('Failed to fetch'));
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
  asked = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function left(): Farewells {
  const farewells = new Farewells();
  farewells.keep(TOKEN);
  return farewells;
}

test('a session is over when the server says so in words, and not before', async () => {
  answering(DONE, OVER);
  const farewells = left();
  const saying = farewells.say();
  expect(farewells.state).toBe('saying');
  await saying;
  expect(farewells.state).toBe('heard');
  expect(asked).toEqual([`/logout ${FAREWELL}`, `/logout ${FAREWELL}`]);
  expect(localStorage.length).toBe(0);
});

const others: [name: string, answer: Answer][] = [
  ['a failure of the server', problem(503, { status: 503, code: 'storage_failed', detail: 'Not now.' })],
  ['a wish to be asked later', problem(429, { status: 429, code: 'rate_limited', detail: 'Slower.' })],
  ['a page with 200', page(200)],
  ['a proxy’s page with 401', page(401)],
  ['a gateway’s page with 503', page(503)],
  ['no content, whatever is asked', DONE],
  ['somebody else’s problem', problem(401, { title: 'Unauthorized', status: 401 })],
];

for (const [name, answer] of others)
  test(`${name} ends no session: it is said again, also by the next page`, async () => {
    answering(answer);
    const farewells = left();
    await farewells.say();
    expect(farewells.state).toBe('unheard');
    expect(farewells.problem).not.toBe('');
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked.length).toBeGreaterThan(before);
    expect(farewells.state).toBe('unheard');

    answering(OVER);
    const next = new Farewells();
    await next.say();
    expect(next.state).toBe('heard');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(farewells.state).toBe('heard');
  });

test('without a connection a farewell is kept, and said when the network is back', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const farewells = left();
  farewells.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(farewells.state).toBe('unheard');
  answering(DONE, OVER);
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(farewells.state).toBe('heard');
});

test('a hidden page waits for up to a minute, and as long as the server wants', async () => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  answering(
    page(200),
    problem(429, { status: 429, code: 'rate_limited', detail: 'Slower.', retry_after: 90 }),
  );
  await left().say();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(asked.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(2);
  await vi.advanceTimersByTimeAsync(89_000);
  expect(asked.length).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(3);
});

test('after logging out nothing that is kept opens anything, whether the server has heard it or not', () => {
  document.cookie = 'cb-half=noise; Path=/';
  keepSession({ username: 'Ada', token: TOKEN });
  sessionStorage.setItem('draft Ada', 'What I meant to say.');
  logOut(TOKEN);
  expect(currentSession()).toBeNull();
  expect(Object.keys(localStorage)).toEqual([`farewell ${FAREWELL}`]);
  expect(sessionStorage.length).toBe(0);
  expect(JSON.stringify(localStorage)).not.toContain(TOKEN);
  expect(document.cookie).not.toContain('cb-half');
});

test('a farewell finds room where the session was, and is kept by the tab, or by the page, if there is none', async () => {
  const full = new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw full;
  });
  const farewells = left();
  answering(problem(503, { status: 503, code: 'draining', detail: 'Not now.' }), DONE, OVER);
  await farewells.say();
  expect(farewells.state).toBe('unheard');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(farewells.state).toBe('heard');
});

test('a session that is over takes the half of the cookies along', () => {
  document.cookie = 'cb-half=noise; Path=/';
  keepSession({ username: 'Ada', token: TOKEN });
  forgetSession();
  expect(document.cookie).not.toContain('cb-half');
});
