import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

declare global {
  var shifts: string[];
}

/** Writes down what the browser says of things that changed their places by themselves. */
async function watchesForJumps({ page }: Person): Promise<void> {
  await page.addInitScript(() => {
    globalThis.shifts = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as PerformanceEntry & {
          value: number;
          sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
        };
        const moved = sources.map(({ node, previousRect, currentRect }) => {
          const what =
            node instanceof Element
              ? node.outerHTML.slice(0, 160)
              : `${JSON.stringify(node?.textContent)} in ${node?.parentElement?.outerHTML.slice(0, 300)}`;
          return `${what} ${JSON.stringify([previousRect, currentRect])}`;
        });
        shifts.push(`${value}: ${moved.join(' | ')}`);
      }
    });
    observer.observe({ type: 'layout-shift', buffered: true });
  });
}

const jumps = ({ page }: Person) => page.evaluate(() => shifts);

for (const [size, count] of [
  ['short', 5],
  ['long', 60],
] as const)
  test(`nothing jumps when a ${size} conversation opens and others write`, async ({ invite }) => {
    const ada = await (await invite('Ada')).enters();
    await ada.saysMuch(
      Array.from(
        { length: count },
        (_, index) => `Line ${index}.${' More of it.'.repeat((index * 17) % 80)}`,
      ),
    );
    const grace = await invite('Grace');
    await watchesForJumps(grace);
    for (const viewport of [
      { width: 1350, height: 940 },
      { width: 390, height: 844 },
    ]) {
      await grace.page.setViewportSize(viewport);
      await grace.enters();
      await expect(grace.message(/Line/).last()).toBeInViewport();
      const news = `News on ${viewport.width} pixels.`;
      await ada.says(`${news}${'\nMore.'.repeat(4)}`);
      await expect(grace.message(news)).toBeInViewport();
      await ada.marked(news, 'Seen');
      expect(await jumps(grace)).toEqual([]);
    }
  });

test('a page is seen before its script is there, and stands where it was', async ({ invite }) => {
  const ada = await invite('Ada');
  const { page } = ada;
  await watchesForJumps(ada);
  for (const [path, heading] of [
    ['login.html', 'Welcome back.'],
    ['chat.html', 'Lobby'],
    ['admin.html', 'Everyone'],
  ] as const)
    for (const viewport of [
      { width: 1350, height: 940 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize(viewport);
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      await page.route('**/*.js', async (route) => {
        await released;
        await route.continue();
      });
      await page.goto(`/ui/${path}`, { waitUntil: 'commit' });
      const frame = () =>
        page
          .locator('header:visible, .wordmark:visible')
          .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().toJSON()));
      await expect(page.locator('header')).toBeVisible();
      await page.evaluate(() => new Promise(requestAnimationFrame));
      const before = await frame();
      release();
      await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
      expect(await frame()).toEqual(before);
      expect(await jumps(ada)).toEqual([]);
    }
});
