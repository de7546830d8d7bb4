import { expect, test } from 'vitest';
import { cityOf, ownZone, timeIn, zonesBy } from './zones';

const noon = Date.UTC(2026, 10, 25, 12, 0);

test('the time in a zone is what its clocks say; of a zone that is none, nothing', () => {
  expect(timeIn('Asia/Kathmandu', noon)).toMatch(/5[:.]45/);
  expect(timeIn('Mars/Phobos', noon)).toBeNull();
});

test('one chooses among the zones of the world, one’s own and what was chosen before', () => {
  const zones = zonesBy('Atlantis/New_Port');
  expect(zones.get('Atlantis')).toEqual(['Atlantis/New_Port']);
  expect(zones.get('Europe')).toContain('Europe/Berlin');
  expect([...zones.values()].flat()).toContain(ownZone());
  expect([cityOf('America/Argentina/Buenos_Aires'), cityOf('UTC')]).toEqual([
    'Argentina, Buenos Aires',
    'UTC',
  ]);
});
