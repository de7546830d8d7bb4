// @vitest-environment node
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ProblemError } from './api';
import { calls } from './calls';
import { right } from './right';

interface Answer {
  status: number;
  type?: string;
  location?: string;
  body?: string;
  /** Where it falls silent. */
  silentAt?: 'once' | 'the body';
}

const JSON_TYPE = 'application/json';
const PROBLEM = 'application/problem+json';
const PORTAL = '<!DOCTYPE html><title>Welcome to the hotel</title>';
let server: Server;
let elsewhere: Server;
let answer: Answer;
let heard: IncomingMessage;
const strangers: string[] = [];

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    heard = request;
    const headers = {
      ...(answer.type && { 'Content-Type': answer.type }),
      ...(answer.location && { Location: answer.location }),
    };
    if (answer.silentAt === 'once') return;
    response.writeHead(answer.status, headers);
    if (answer.silentAt) response.write('[');
    else response.end(answer.body);
  });
  elsewhere = createServer((request, response) => {
    strangers.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Access-Control-Allow-Origin': '*' }).end('{}');
  });
  const [here, there] = await Promise.all([listening(server), listening(elsewhere)]);
  vi.stubGlobal('location', new URL(`${here}/ui/chat.html`));
  redirects.forEach((redirect) => (redirect.location = `${there}/portal`));
});

afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
  server.closeAllConnections();
  elsewhere.close();
});

const redirects: Answer[] = [302, 307].map((status) => ({ status, location: 'not known yet' }));
const foreign: Record<string, Answer> = {
  'a page': { status: 200, type: 'text/html', body: PORTAL },
  'a page that says it is JSON': { status: 200, type: JSON_TYPE, body: PORTAL },
  nothing: { status: 200 },
  'no JSON where JSON is promised': { status: 200, type: JSON_TYPE },
  'JSON of another form': { status: 200, type: JSON_TYPE, body: '{"success":true,"username":1}' },
  'a list of another form': { status: 200, type: JSON_TYPE, body: '[{}]' },
  null: { status: 200, type: JSON_TYPE, body: 'null' },
  'a redirect': redirects[0] as Answer,
  'a redirect of everything': redirects[1] as Answer,
  'a page of a proxy whose server is away': {
    status: 502,
    type: 'text/html',
    body: '<h1>502 Bad Gateway</h1>',
  },
  'a page of a proxy whose server is slow': { status: 504, type: 'text/html', body: '<h1>504</h1>' },
  'a page of a proxy that wants a password': { status: 401, type: 'text/html', body: '<h1>401</h1>' },
  'JSON of a proxy that wants a password': {
    status: 401,
    type: JSON_TYPE,
    body: '{"code":"unauthorized","detail":"No.","status":401}',
  },
  'a problem of somebody else': { status: 401, type: PROBLEM, body: '{"title":"Unauthorized","status":401}' },
};

/** Files take longer. */
const patient = new Set(['showPicture']);

for (const [name, { call, answer: good }] of Object.entries(right)) {
  test.each(Object.entries(foreign))(
    `${name}: %s is a failure in words, and ends no session`,
    async (_, other) => {
      answer = other;
      const error: unknown = await call().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ProblemError);
      expect(error).toMatchObject({ code: 'not_ours', endsSession: false });
      expect((error as ProblemError).message).toMatch(/^[A-Z].+ .+\.$/);
      expect(strangers).toEqual([]);
    },
  );

  test.each(['once', 'the body'] as const)(
    `${name}: a server that falls silent at %s is not waited for for long`,
    async (silentAt) => {
      answer = { status: 200, type: JSON_TYPE, silentAt };
      const { timeout } = AbortSignal;
      const patience = vi
        .spyOn(AbortSignal, 'timeout')
        .mockImplementation(() => timeout.call(AbortSignal, 50));
      const error: unknown = await call().catch((error: unknown) => error);
      const asked = patience.mock.calls;
      patience.mockRestore();
      expect(asked).toEqual([[patient.has(name) ? 90_000 : 10_000]]);
      expect(error).toMatchObject({ code: 'unreachable', endsSession: false });
      expect((error as ProblemError).message).toMatch(/(ten seconds|a minute and a half).+try again/);
    },
  );

  test(`${name}: 204 is an answer where nothing is to be answered, and nowhere else`, async () => {
    answer = { status: 204 };
    if (good === undefined) await expect(call()).resolves.toBeUndefined();
    else await expect(call()).rejects.toMatchObject({ code: 'not_ours' });
  });

  test(`${name}: what the server refuses is told in its words`, async () => {
    const problem = { status: 401, code: 'unauthorized', detail: 'Log in first.', later: [] };
    answer = { status: 401, type: PROBLEM, body: JSON.stringify(problem) };
    await expect(call()).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'Log in first.',
      endsSession: true,
    });
  });
}

const withBody = Object.entries(right).filter(([, { answer: good }]) => good !== undefined);

test.each(withBody)(
  '%s: the documented form is taken, and every field of it is needed',
  async (_, { call, answer: good }) => {
    const told = async (value: unknown) => {
      answer = { status: 200, type: `${JSON_TYPE}; charset=utf-8`, body: JSON.stringify(value) };
      return call();
    };
    expect(await told(good)).toEqual(good);
    for (const [path, damaged] of damages(good)) {
      await expect(told(damaged), path).rejects.toMatchObject({ code: 'not_ours' });
    }
  },
);

/** The value with each of its fields missing, or of another kind. */
function damages(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return damages(value[0]).map(([path, damaged]) => [`0.${path}`, [damaged]]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [`${name} missing`, { ...value, [name]: undefined }] as [string, unknown],
    [`${name} of another kind`, { ...value, [name]: { no: 1 } }] as [string, unknown],
    ...damages(inner).map(([path, damaged]): [string, unknown] => [
      `${name}.${path}`,
      { ...value, [name]: damaged },
    ]),
  ]);
}

test('the token goes in a header of our own, and a name and password in the page’s address stay the browser’s', async () => {
  const { href } = location;
  answer = { status: 200, type: JSON_TYPE, body: JSON.stringify(right.me.answer) };
  for (const page of [
    href,
    href.replace('//', '//members:secret@'),
    href.replace('/ui/', '/deep/down/ui/'),
  ]) {
    vi.stubGlobal('location', new URL(page));
    await calls.me('t');
    expect(heard.headers['chatterbox-token']).toBe('t');
    expect(heard.headers.authorization).toBeUndefined();
    expect(heard.url).toBe(page.includes('/deep/') ? '/deep/down/api/me' : '/api/me');
  }
  vi.stubGlobal('location', new URL(href));
});

test('a field that is at fault is named, and how long to wait', async () => {
  const problem = { status: 429, code: 'rate_limited', detail: 'Slower.', field: 'username', retry_after: 7 };
  answer = { status: 429, type: PROBLEM, body: JSON.stringify(problem) };
  await expect(right.register.call()).rejects.toMatchObject({ field: 'username', retryAfter: 7 });
});

test('a server that is away is told apart', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(right.users.call()).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('cannot be reached'),
  });
});
