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
  await ada.finishes(ada.composer);
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
  await ada.finishes(field);
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
    await ada.finishes(ada.composer);
    await expect(remark).toHaveText(words);
    await expect(ada.composer).toHaveValue(text);
  }
  await ada.says('Right.');
  await ada.marked('Right.', 'Sent');
  const message = await ada.touches('Right.');
  await message.getByRole('button', { name: 'Edit message' }).click();
  const field = ada.page.getByRole('textbox', { name: 'Edit your message' });
  await typesHalf(field);
  await ada.finishes(field);
  await expect(ada.list.getByText(/half of a character/)).toBeVisible();
  for (const [text, words] of [
    ['\u2800', /nothing to read/],
    ['x'.repeat(8002), /2 characters too many/],
  ] as const) {
    await field.fill(text);
    await ada.finishes(field);
    await expect(ada.list.getByText(words)).toBeVisible();
  }
  await field.fill('Righter.');
  await ada.finishes(field);
  await ada.marked('Righter.', 'Sent');
});

test('an edit that is emptied offers to delete the message, stored or not', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Stored.');
  await ada.marked('Stored.', 'Sent');
  await typesHalf(ada.composer);
  await ada.finishes(ada.composer);
  await ada.marked('half', 'Not sent');
  const field = ada.page.getByRole('textbox', { name: 'Edit your message' });
  for (const [text, opener] of [
    ['Stored.', 'Edit message'],
    ['half', 'Change'],
  ] as const) {
    for (const answer of ['Keep', 'Delete']) {
      const message = ada.message(text);
      await message.locator('p.text').click();
      await message.getByRole('button', { name: opener }).click();
      await field.fill('  ');
      await expect(ada.page.getByRole('button', { name: 'Delete…' })).toBeEnabled();
      await ada.finishes(field);
      await ada.isOn('Keep');
      await ada.page.getByRole('alertdialog').getByRole('button', { name: answer, exact: true }).click();
      await expect(ada.page.getByRole('alertdialog')).toHaveCount(0);
      await expect(ada.page.getByText('Not saved:')).toHaveCount(0);
      await expect(ada.message(text)).toHaveCount(answer === 'Keep' ? 1 : 0);
    }
  }
});
