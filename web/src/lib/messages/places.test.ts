import { expect, test } from 'vitest';
import { Pocket } from '../session/pockets';
import { Places } from './places';

const tab = new Pocket(() => sessionStorage);

test('where one was in each room is there after a reload, and goes with the room', () => {
  sessionStorage.clear();
  const spot = { row: 'id 5', below: 12 };
  const places = new Places(tab);
  expect([places.of(1).spot, places.of(1).scroll.atNewest]).toEqual([null, true]);
  places.leave(1, spot);
  places.leave(2, { row: 'own n', below: 0 });
  const again = new Places(tab);
  expect([again.of(1).spot, again.of(1).scroll.atNewest, again.of(2).spot?.row]).toEqual([
    spot,
    false,
    'own n',
  ]);
  again.leave(1, null);
  expect(new Places(tab).of(1).spot).toBeNull();
  again.keepOnly(new Set([1]));
  expect([again.of(2).spot, sessionStorage.length]).toEqual([null, 0]);
  tab.put('place 3', '{"row":');
  expect(new Places(tab).of(3).spot).toBeNull();
});
