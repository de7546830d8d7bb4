import { beforeEach, expect, test, vi } from 'vitest';
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
  });
});

test('a room that is followed no more leaves the page and the browser, and the others go on', async () => {
  arrive();
  stage.ada.putAway();
  stage.world.wire.say({ type: 'unfollowed', room: WORKSHOP }, { type: 'unfollowed', room: WORKSHOP });
  stage.world.wire.say({ type: 'message', ...there(4, 'too late') });
  stage.world.wire.say({ type: 'message', ...message(3, 'three') });
  await vi.advanceTimersByTimeAsync(300);
  expect([[...stage.ada.rooms.keys()], [...stage.shelf.held.keys()], stage.texts]).toEqual([
    [1],
    [1],
    ['one', 'two', 'three'],
  ]);
  expect(stage.world.wire.sent).toHaveLength(1);
});

test('whoever loses the last room that they hold is shown the one that there always is', async () => {
  arrive();
  stage.world.wire.say({ type: 'unfollowed', room: 1 }, { type: 'unfollowed', room: WORKSHOP });
  expect(stage.world.wire.last).toMatchObject({ type: 'follow', rooms: [{ room: 1 }] });
  expect(stage.texts).toEqual([]);
  stage.world.wire.say(history(1, [message(1, 'anew')]));
  await settled();
  expect(stage.texts).toEqual(['anew']);
});
