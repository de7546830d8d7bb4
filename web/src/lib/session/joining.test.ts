import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { join } from './joining';

const registration = { username: 'Ada', email: 'ada@example.org', password: 'quite a few good words' };
const account = { status: 200, body: { id: 1, username: 'Ada', email: 'ada@example.org' } };
const session = { status: 200, body: { username: 'Ada', token: 't' } };
const refused = (status: number, code: string) => ({
  status,
  body: { status, code, detail: `It is ${code}.` },
});
const taken = refused(400, 'username_taken');
const lost = null;

type Answer = { status: number; body: object } | null;
let asked: [path: string, body: unknown][];
let answers: Answer[];

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', (address: URL, request: RequestInit) => {
    asked.push([address.pathname.split('/').pop() ?? '', JSON.parse(String(request.body))]);
    const answer = answers.shift();
    if (!answer) return Promise.reject(new TypeError('Failed to fetch'));
    const type = answer.status === 200 ? 'application/json' : 'application/problem+json';
    return Promise.resolve(
      new Response(JSON.stringify(answer.body), { status: answer.status, headers: { 'Content-Type': type } }),
    );
  });
});

afterEach(() => vi.unstubAllGlobals());

const login = ['login', { username: 'Ada', password: registration.password }];

test('who registers is signed in', async () => {
  answers = [account, session];
  expect(await join(registration)).toEqual({ username: 'Ada', session: session.body, rooms: [] });
  expect(asked).toEqual([['register', registration], login]);
});

test('who is registered and could not be signed in has an account, whatever it was', async () => {
  for (const why of [lost, refused(503, 'overloaded'), refused(429, 'rate_limited')]) {
    answers = [account, why];
    expect(await join(registration)).toEqual({ username: 'Ada', session: null, rooms: [] });
  }
});

test('who registers again after a lost answer is signed in, and no name is taken by oneself', async () => {
  answers = [lost];
  await expect(join(registration)).rejects.toMatchObject({ code: 'unreachable' });
  answers = [taken, session];
  expect(await join(registration)).toEqual({ username: 'Ada', session: session.body, rooms: [] });
  expect(asked.slice(1)).toEqual([['register', registration], login]);
});

test('a name that is somebody else’s is taken, and whether it is cannot always be said', async () => {
  const outcomes: [Answer, string][] = [
    [refused(401, 'wrong_credentials'), 'username_taken'],
    [refused(429, 'rate_limited'), 'rate_limited'],
    [lost, 'unreachable'],
  ];
  for (const [answer, code] of outcomes) {
    answers = [taken, answer];
    await expect(join(registration)).rejects.toMatchObject({ code });
  }
});

test('nothing else that is refused is tried at the other door', async () => {
  for (const code of ['email_taken', 'password_refused', 'rate_limited']) {
    asked = [];
    answers = [refused(400, code)];
    await expect(join(registration)).rejects.toMatchObject({ code });
    expect(asked).toHaveLength(1);
  }
});

test('who has used up an invitation by a try whose answer was lost is signed in, and nobody else', async () => {
  answers = [refused(404, 'invitation_over'), session];
  expect(await join({ ...registration, invitation: 'c' })).toMatchObject({ username: 'Ada' });
  answers = [refused(404, 'invitation_over'), refused(401, 'wrong_credentials')];
  await expect(join({ ...registration, invitation: 'c' })).rejects.toMatchObject({ code: 'invitation_over' });
});

test('who comes by an invitation is told where it has led', async () => {
  answers = [{ ...account, body: { ...account.body, rooms: [7, 1] } }, session];
  expect((await join({ ...registration, invitation: 'c' })).rooms).toEqual([7, 1]);
});
