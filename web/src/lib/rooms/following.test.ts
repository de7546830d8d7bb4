import { beforeEach, expect, test, vi } from 'vitest';
import type { Event } from '../../gen/protocol';
import { history, message, welcome } from '../socket/wires';
import { emptyRoom, setsTheStage, settled, stage } from './stage';

setsTheStage();

const WORKSHOP = 2;

beforeEach(() => stage.holds(emptyRoom(1, 'Lobby'), emptyRoom(WORKSHOP, 'Workshop')));

/** Ada in the Lobby and in the Workshop. */
function arrive() {
  const { room } = emptyRoom(WORKSHOP, 'Workshop');
  const lobby = history(2, [message(1, 'one'), message(2, 'two')]);
  stage.arrive(welcome(2, { beside: [room] }), lobby, history(3, [there(3, 'three')], { room: WORKSHOP }));
}

const there = (seq: number, text: string) => message(seq, text, { id: 2000 + seq, room: WORKSHOP });

test('all rooms that are held are followed, the one on screen first', () => {
  stage.world.wire.open();
  const follow = [
    { room: 1, seq: 0 },
    { room: WORKSHOP, seq: 0 },
  ];
  expect(stage.world.wire.last).toEqual({
    type: 'hello',
    rooms: {},
    follow,
    epoch: 'first',
    reset_after: 1000,
    people: [],
    idle: 0,
  });
});

/** How one has the Workshop, by the next change in one's own log. */
const mark = (seq: number, listed?: true): Event => ({
  type: 'state',
  seq,
  kind: 'mark',
  id: WORKSHOP,
  state: { up_to: 3, ...(listed && { listed }) },
});
const own = (): Event => ({ type: 'states', reset: false, states: [], seq: 0, live: true });

test('a room that one has no more leaves the page and the browser, whichever word of it comes first', async () => {
  for (const isMarkFirst of [true, false]) {
    await stage.holds(emptyRoom(1, 'Lobby'), emptyRoom(WORKSHOP, 'Workshop'));
    arrive();
    stage.world.wire.say(own());
    stage.ada.putAway();
    const words: Event[] = [mark(1), { type: 'unfollowed', room: WORKSHOP }];
    stage.world.wire.say(...(isMarkFirst ? words : words.reverse()));
    stage.world.wire.say({ type: 'message', ...there(4, 'too late') });
    stage.world.wire.say({ type: 'message', ...message(3, 'three') });
    await vi.advanceTimersByTimeAsync(300);
    expect([[...stage.ada.rooms.keys()], [...stage.shelf.held.keys()], stage.texts]).toEqual([
      [1],
      [1],
      ['one', 'two', 'three'],
    ]);
    expect(stage.world.wire.sent.map(({ type }) => type)).toEqual(['hello', 'unfollow']);
  }
});

test('a room that is followed no more and still is one’s own is followed again, ever more seldom, and not for ever', async () => {
  arrive();
  const follows = () => stage.world.wire.sent.filter(({ type }) => type === 'follow');
  stage.world.wire.say({ type: 'unfollowed', room: WORKSHOP });
  await settled();
  expect(follows()).toMatchObject([{ rooms: [{ room: WORKSHOP, seq: 3 }] }]);
  stage.world.wire.say(history(4, [there(4, 'among us')], { room: WORKSHOP, reset: false }));
  expect(stage.textsIn(WORKSHOP)).toEqual(['three', 'among us']);
  for (let time = 0; time < 20; time += 1) {
    stage.world.wire.say({ type: 'unfollowed', room: WORKSHOP });
    for (const { ref } of stage.world.wire.sent) if (ref) stage.world.wire.say({ type: 'ok', ref });
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(follows()).toHaveLength(5);
});

test('whoever loses every room that they have is told so, and asks for the one that there always is', async () => {
  const gone = { ...emptyRoom(WORKSHOP, 'Workshop').room, kind: 'closed' } as const;
  stage.ada.show(WORKSHOP);
  stage.world.wire.open();
  const guest = { id: 1, username: 'Ada', role: 'guest' } as const;
  stage.world.wire.say({ type: 'hello', user: guest, epoch: 'first', rooms: [gone] });
  stage.world.wire.say(history(3, [there(3, 'three')], { room: WORKSHOP }), own(), mark(1));
  await settled();
  expect(stage.ada.lostRoom).toMatchObject({ name: 'Workshop' });
  expect([stage.ada.shown.id, stage.ada.list]).toEqual([1, []]);
  expect(stage.world.wire.sent).toContainEqual(
    expect.objectContaining({ type: 'follow', rooms: [{ room: 1 }] }),
  );
  stage.world.wire.say({ type: 'unfollowed', room: 1 });
  expect(stage.ada.shown.isMissing).toBe(true);
});
