import type { Locator } from '@playwright/test';
import { expect, test } from '../house/scene.ts';

/** Typed inside of the page: on the way there half of a character would be mended. */
async function typesHalf(field: Locator): Promise<void> {
  await field.evaluate((node: HTMLTextAreaElement) => {
    node.value = `half ${String.fromCharCode(0xd83d)} emoji`;
    node.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const isHalf = (field: Locator) =>
  field.evaluate((node: HTMLTextAreaElement) => node.value.charCodeAt(5) === 0xd83d);

test('half of a character is not sent and says why, and what is behind it arrives', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await typesHalf(ada.composer);
  await expect(ada.page.locator('#composer-count')).toHaveText(/half of a character/);
  await ada.composer.press('Enter');
  await ada.says('Behind it.');
  await grace.sees('Behind it.');
  await ada.marked('half', 'Not sent');
  await expect(ada.message('half').getByRole('alert')).toContainText(
    'Not sent. There is half of a character',
  );

  // It waits for its author, also after a reload, and stops nothing there either.
  await ada.page.reload();
  await ada.marked('half', 'Not sent');
  await ada.says('And this.');
  await grace.sees('And this.');
  await grace.doesNotSee('half');

  await ada.message('half').getByRole('button', { name: 'Try again' }).click();
  await ada.marked('half', 'Not sent');
  await ada.message('half').getByRole('button', { name: 'Change' }).click();
  const field = ada.page.getByRole('textbox', { name: 'Edit your message' });
  expect(await isHalf(field)).toBe(true);
  await expect(ada.message('half').getByRole('button', { name: 'Send' })).toBeDisabled();
  await field.fill('A whole one.');
  await field.press('Enter');
  await grace.sees('A whole one.');
  await ada.marked('A whole one.', 'Seen');
  await ada.doesNotSee('half');
});

test('what has nothing to read in it or is too long says so, when sent and when changed', async ({
  invite,
}) => {
  const ada = await (await invite('Ada')).enters();
  const remark = ada.page.locator('#composer-count');
  for (const [text, words] of [
    ['\u200b\u2060', 'There is nothing to read in it.'],
    ['\u{e0067}\u{e007f}', 'There is nothing to read in it.'],
    ['x'.repeat(8001), '1 characters too many'],
  ] as const) {
    await ada.composer.fill(text);
    await ada.composer.press('Enter');
    await expect(remark).toHaveText(words);
    await expect(ada.composer).toHaveValue(text);
  }
  await ada.says('Right.');
  await ada.marked('Right.', 'Sent');
  const message = await ada.touches('Right.');
  await message.getByRole('button', { name: 'Edit message' }).click();
  const field = ada.page.getByRole('textbox', { name: 'Edit your message' });
  await typesHalf(field);
  await field.press('Enter');
  await expect(ada.list.getByText(/half of a character/)).toBeVisible();
  for (const [text, words] of [
    ['\u2800', /nothing to read/],
    ['x'.repeat(8002), /2 characters too many/],
  ] as const) {
    await field.fill(text);
    await field.press('Enter');
    await expect(ada.list.getByText(words)).toBeVisible();
  }
  await field.fill('Righter.');
  await field.press('Enter');
  await ada.marked('Righter.', 'Sent');
});
