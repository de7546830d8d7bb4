import { expect, test } from 'vitest';
import { type Place, taken } from './place';

test.each<[known: number, place: Place, becomes: string]>([
  [4, { seq: 5 }, 'next'],
  [4, { seq: 9, since: 4 }, 'next'],
  [4, { seq: 9, since: 2 }, 'next'],
  [0, { seq: 9, since: 0 }, 'next'],
  [4, { seq: 4 }, 'known'],
  [4, { seq: 3 }, 'known'],
  [4, { seq: 4, since: 1 }, 'known'],
  [4, { seq: 6 }, 'gap'],
  [4, { seq: 9, since: 5 }, 'gap'],
  [0, { seq: 2 }, 'gap'],
])('known up to %i, %j is %s', (known, place, becomes) => {
  expect(taken(known, place)).toBe(becomes);
});

test('whatever a log leaves out because it is overtaken, and whatever comes again: who obeys misses nothing', () => {
  for (let pattern = 0; pattern < 1 << 8; pattern += 1) {
    const told = Array.from({ length: 8 }, (_, at) => at + 1).filter((seq) => (pattern >> (seq - 1)) & 1);
    const entries = told.map((seq, at) => ({ seq, since: told[at - 1] ?? 0 }));
    for (const lost of [-1, ...entries.keys()]) {
      let known = 0;
      const heard = [...entries.filter((_, at) => at !== lost)].flatMap((entry) => [entry, entry]);
      const gaps = heard.filter((entry) => {
        const becomes = taken(known, entry);
        if (becomes === 'next') known = entry.seq;
        return becomes === 'gap';
      });
      const until = lost < 0 ? entries.length : lost;
      expect(known).toBe(entries[until - 1]?.seq ?? 0);
      expect(gaps.length > 0).toBe(lost >= 0 && lost < entries.length - 1);
    }
  }
});
