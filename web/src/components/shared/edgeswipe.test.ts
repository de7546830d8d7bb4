import { flushSync, mount, unmount } from 'svelte';
import { expect, test, vi } from 'vitest';
import EdgeSwipe from './EdgeSwipe.svelte';

function swiped(
  pointerType: string,
  moves: readonly (readonly [type: string, x: number, y: number])[],
): number {
  const onswipe = vi.fn();
  const drawn = mount(EdgeSwipe, { target: document.body, props: { onswipe } });
  flushSync();
  const edge = document.querySelector('.edge');
  for (const [type, clientX, clientY] of moves) {
    const init = { pointerType, clientX, clientY, pointerId: 1, isPrimary: true, bubbles: true };
    edge?.dispatchEvent(new PointerEvent(type, init));
  }
  void unmount(drawn);
  return onswipe.mock.calls.length;
}

test('a finger that goes far enough aside from the edge leads back, and nothing else does', () => {
  const down = ['pointerdown', 3, 100] as const;
  expect(swiped('touch', [down, ['pointerup', 90, 120]])).toBe(1);
  // Too short, scrolling, a pointer of another kind, and a gesture that the browser takes for its own.
  expect(swiped('touch', [down, ['pointerup', 40, 100]])).toBe(0);
  expect(swiped('touch', [down, ['pointerup', 90, 200]])).toBe(0);
  expect(swiped('mouse', [down, ['pointerup', 90, 100]])).toBe(0);
  expect(swiped('touch', [down, ['pointercancel', 50, 100], ['pointerup', 90, 100]])).toBe(0);
});
