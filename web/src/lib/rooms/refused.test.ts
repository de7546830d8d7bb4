import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ErrorCode, type Ref, VERDICTS } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { Stage } from './stage';

let stage: Stage;
let sessionsOver: number;

beforeEach(async () => {
  vi.useFakeTimers();
  stage = new Stage();
  sessionsOver = 0;
  vi.spyOn(stage.ada, 'sessionOver').mockImplementation(() => (sessionsOver += 1));
  await stage.ada.start();
});

afterEach(() => {
  stage.ada.connection.stop();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);
const sent = () => stage.sends.map((each) => 'text' in each && each.text);
const problems = () => stage.ada.outbox.entries.map((entry) => entry.problem);

async function says(...texts: string[]) {
  await Promise.all(texts.map((text) => stage.lobby.say(text)));
}

function refuse(code: ErrorCode, ref: Ref | undefined, message = 'No.') {
  stage.world.wire.say({ type: 'error', code, message, ref });
}

function done(ref: Ref | undefined) {
  stage.world.wire.say({ type: 'ok', ref: ref!, id: 5, seq: 1, time: '' });
}

async function back() {
  stage.ada.connection.retryNow();
  stage.arrive(welcome(0), history(0, [], { reset: false }));
  await settled();
}

const CODES = Object.keys(VERDICTS) as ErrorCode[];

test.each(CODES)(
  'of every refusal it is decided what becomes of the message and of those behind it: %s',
  async (code) => {
    stage.arriveWith(0);
    await says('one', 'two');
    const [first, second] = stage.sends;
    refuse(code, first!.ref);
    await settled();
    const verdict = VERDICTS[code];
    expect(problems()).toEqual(verdict === 'final' ? ['No.', null] : [null, null]);
    expect(sessionsOver).toBe(verdict === 'session_over' ? 1 : 0);
    // What waits for the first is refused by the server, too.
    if (verdict === 'passing') refuse(code, second!.ref);
    await vi.advanceTimersByTimeAsync(999);
    expect(sent()).toEqual(['one', 'two']);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual(verdict === 'passing' ? ['one', 'two', 'one'] : ['one', 'two']);
  },
);

test.each(CODES)(
  'a refusal that does not say of what is of what is not answered otherwise: %s',
  async (code) => {
    stage.arriveWith(0);
    await says('one', 'two');
    const read = stage.ada.connection.call({ type: 'read', up_to: 1 }).then(
      () => 'read',
      ({ code }) => code as string,
    );
    refuse(code, undefined);
    await settled();
    if (VERDICTS[code] === 'session_over') return expect(await read).toBe('lost');
    done(stage.world.wire.last.ref);
    expect(await read).toBe('read');
    expect(problems()).toEqual([null, null]);
    done(stage.sends[1]!.ref);
    await settled();
    expect(problems()).toEqual(VERDICTS[code] === 'final' ? ['No.', null] : [null, null]);
    expect(sent()).toEqual(['one', 'two']);
  },
);

test('a code of a newer server stops nothing', async () => {
  stage.arriveWith(0);
  await says('one', 'two');
  refuse('something new' as ErrorCode, stage.sends[0]!.ref);
  await settled();
  expect(problems()).toEqual(['No.', null]);
  expect(sent()).toEqual(['one', 'two']);
});

test('a pause that the server asks for is kept, whatever is written meanwhile', async () => {
  stage.arriveWith(0);
  await says('one');
  stage.world.wire.say({
    type: 'error',
    code: 'rate_limited',
    message: 'Slowly.',
    ref: stage.sends[0]!.ref,
    retry_after: 3,
  });
  await vi.advanceTimersByTimeAsync(2000);
  await says('two');
  await vi.advanceTimersByTimeAsync(999);
  expect(sent()).toEqual(['one']);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent()).toEqual(['one', 'one']);
});

test('half of a character is not sent, says why at once, and stops nothing behind it', async () => {
  await says('half \ud83d emoji', 'whole 😀 emoji');
  expect(stage.lobby.rows.map((row) => row.unsent?.problem)).toEqual([
    expect.stringMatching(/half of a char/),
    null,
  ]);
  stage.arriveWith(0);
  await settled();
  expect(sent()).toEqual(['whole 😀 emoji']);
  stage.ada.outbox.retry('n1');
  expect(problems()).toContainEqual(expect.stringMatching(/half of a char/));
  done(stage.sends[0]!.ref);
  await settled();
  stage.ada.outbox.rewrite('n1', 'half an emoji');
  await settled();
  expect(stage.world.wire.last).toMatchObject({ type: 'send', text: 'half an emoji', nonce: 'n3' });
  expect(stage.shelf.unsent.map(({ text }) => text)).not.toContain('half \ud83d emoji');
});

test('what an earlier page kept and could never send is put aside, and does not come back as unsent', async () => {
  const about = { room: 1, problem: null, seq: null };
  stage.shelf.unsent = [
    { nonce: 'old', text: 'half \ud83d emoji', at: 1, ...about },
    { nonce: 'next', text: 'behind it', at: 2, ...about },
  ];
  await stage.reload();
  stage.arriveWith(0);
  await settled();
  expect(sent()).toEqual(['behind it']);
  expect(problems()).toEqual([expect.stringMatching(/half of a char/), null]);
});

test('a message over which the connection is lost five times is found, put aside, and is still the same one', async () => {
  stage.arriveWith(0);
  await says('one', 'two', 'three');
  for (let time = 1; time < 5; time += 1) {
    // After two losses one goes out at a time.
    expect(sent()).toEqual(time <= 2 ? ['one', 'two', 'three'] : ['one']);
    if (time % 2) stage.world.wire.end();
    else await vi.advanceTimersByTimeAsync(15_000);
    // Nobody is there for a while: that is not the message’s fault.
    await vi.advanceTimersByTimeAsync(60_000);
    stage.world.wire.end();
    await back();
  }
  expect(problems()).toEqual([null, null, null]);
  stage.world.wire.end();
  await settled();
  await back();
  expect(problems()).toEqual([expect.stringMatching(/5 times/), null, null]);
  expect(sent()).toEqual(['two']);
  done(stage.sends[0]!.ref);
  await settled();
  expect(sent()).toEqual(['two', 'three']);
  stage.ada.outbox.retry('n1');
  await settled();
  expect(stage.world.wire.last).toMatchObject({ text: 'one', nonce: 'n1', after: 'n3' });
});

test('a message that is lost with another one is not taken for the one because of which', async () => {
  stage.arriveWith(0);
  await says('good', 'bad');
  for (let time = 0; time < 2; time += 1) {
    expect(sent()).toEqual(['good', 'bad']);
    stage.world.wire.end();
    await back();
  }
  expect(sent()).toEqual(['good']);
  done(stage.sends[0]!.ref);
  await settled();
  for (let time = 0; time < 5; time += 1) {
    expect(sent().at(-1)).toBe('bad');
    stage.world.wire.end();
    await settled();
    stage.ada.connection.retryNow();
    stage.arrive(welcome(1), history(1, [message(1, 'good', { user: 'Ada', nonce: 'n1' })]));
    await settled();
  }
  expect(problems()).toEqual([expect.stringMatching(/5 times/)]);
});
