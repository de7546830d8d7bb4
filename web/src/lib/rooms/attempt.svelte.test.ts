import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import { Attempt } from './attempt.svelte';

test('an effect that tries something tries it once, whatever becomes of it', async () => {
  for (const work of [() => Promise.resolve(), () => Promise.reject(new Error('No.'))]) {
    const attempt = new Attempt();
    let times = 0;
    const stop = $effect.root(() => {
      $effect(() => {
        times += 1;
        if (times < 4) void attempt.make(work);
      });
    });
    for (let turn = 0; turn < 5; turn += 1) {
      flushSync();
      await Promise.resolve();
    }
    stop();
    expect(times).toBe(1);
  }
});
