import type { Locator, Page } from '@playwright/test';
import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index + 1}.`);
const field = (person: Person) => person.page.getByRole('textbox', { name: 'Edit your message' });

async function room(invite: (name: string) => Promise<Person>): Promise<Person> {
  const ada = await (await invite('Ada')).enters();
  await ada.saysMuch(lines(40));
  await ada.sees('Line 40.');
  return ada;
}

async function isInside(inner: Locator, outer: Locator): Promise<void> {
  await expect
    .poll(async () => {
      const [within, around] = [await inner.boundingBox(), await outer.boundingBox()];
      if (!within || !around) return 'not there';
      const above = around.y - within.y;
      const below = within.y + within.height - around.y - around.height;
      return Math.max(0, Math.ceil(above), Math.ceil(below));
    })
    .toBe(0);
}

/** A browser whose keyboard lies over the page, of which that much stays in sight: what the page is told is the browser's. */
async function keyboardLiesOver(page: Page, height: number): Promise<void> {
  await page.evaluate((left) => {
    const { visualViewport } = window;
    Object.defineProperty(visualViewport, 'height', { value: left, configurable: true });
    visualViewport?.dispatchEvent(new Event('resize'));
  }, height);
}

test('by thumb Enter breaks the line, and a button sends and saves', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.composer.click();
  await ada.page.keyboard.type('One');
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.type('two');
  await expect(ada.composer).toHaveValue('One\ntwo');
  await ada.page.getByRole('button', { name: 'Send' }).tap();
  await ada.marked('One', 'Sent');
  await expect(ada.composer).toBeFocused();
  await (await ada.touches('One')).getByRole('button', { name: 'Edit message' }).tap();
  await field(ada).press('Enter');
  await field(ada).pressSequentially('three');
  await ada.page.getByRole('button', { name: 'Save' }).tap();
  await expect(ada.message('three').locator('p.text')).toHaveText('One\ntwo\nthree', { useInnerText: true });
});

test('where one edits stays in sight when the keyboard comes, beside the page or over it', async ({
  invite,
}) => {
  const ada = await room(invite);
  for (const text of ['Line 40.', 'Line 34.']) {
    await (await ada.touches(text)).getByRole('button', { name: 'Edit message' }).tap();
    const shown = async () => {
      await isInside(field(ada), ada.list);
      await isInside(ada.page.getByRole('button', { name: 'Save' }), ada.list);
      await expect(field(ada)).toBeFocused();
    };
    await shown();
    await ada.page.setViewportSize({ width: 390, height: 430 });
    await shown();
    await ada.saysMuch(['Meanwhile 1.', 'Meanwhile 2.', 'Meanwhile 3.']);
    await shown();
    await ada.page.setViewportSize({ width: 844, height: 210 });
    await shown();
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await keyboardLiesOver(ada.page, 430);
    await shown();
    expect((await ada.page.getByRole('main').boundingBox())?.height).toBe(430);
    await keyboardLiesOver(ada.page, 844);
    await ada.page.getByRole('button', { name: 'Cancel' }).tap();
    await ada.page.reload();
    await ada.sees('Line 40.');
  }
});

/** What is less than a thumb wide or high; a link within a sentence may be as its sentence is. */
function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, textarea, a, [role=button]')]
      .filter((each) => each.checkVisibility() && !each.closest('.text, .skip'))
      .map((each) => ({ each, box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 43.99 || box.height < 43.99)
      .map(({ each, box }) => `${each.outerHTML.slice(0, 120)}: ${box.width} x ${box.height}`),
  );
}

test('what a thumb is to hit is as large as one', async ({ server, invite, stranger }) => {
  for (const page of ['login', 'register']) {
    await stranger.goto(`/ui/${page}.html`);
    await expect(stranger.getByRole('button', { name: /Sign in|Pin it on/ })).toBeVisible();
    expect(await tooSmall(stranger)).toEqual([]);
  }
  const ada = await (await invite('Ada')).enters();
  await ada.says(`Tall.${'\n.'.repeat(30)}`);
  await ada.says('Mine.');
  await ada.marked('Mine.', 'Sent');
  const opens = async (name: string) => {
    await (await ada.touches('Mine.')).getByRole('button', { name }).tap();
    expect(await tooSmall(ada.page)).toEqual([]);
  };
  await opens('Edit message');
  await field(ada).fill('Mine, but not saved.');
  await field(ada).press('Escape');
  await opens('Delete message');
  await ada.page.getByRole('button', { name: 'Keep' }).tap();
  await ada.page.getByRole('button', { name: /here now/ }).tap();
  expect(await tooSmall(ada.page)).toEqual([]);
  await ada.page.getByRole('button', { name: 'Close' }).tap();
  await server.kill();
  await ada.composer.fill('Nothing\0.');
  await ada.finishes(ada.composer);
  await ada.marked('Nothing', 'Not sent');
  await ada.knowsToBeAway();
  expect(await tooSmall(ada.page)).toEqual([]);
  await server.start();
  await ada.page.goto('/ui/admin.html');
  await expect(ada.page.getByRole('row').first()).toBeVisible();
  expect(await tooSmall(ada.page)).toEqual([]);
});
