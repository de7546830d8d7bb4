import { expect, test } from '../house/scene.ts';

test('what Grace says folds for Ada who has muted her, counts nowhere, and Grace never learns it', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('One.');
  await grace.says('Two.');
  await ada.sees('Two.');
  const { page } = ada;
  await ada.list.getByRole('button', { name: 'Grace' }).first().click();
  const card = page.getByRole('dialog', { name: 'Who it is' });
  await card.getByRole('button', { name: 'Mute' }).click();
  await card.getByRole('button', { name: 'Close' }).click();
  await expect(ada.list.getByText('2 messages by somebody you muted')).toBeVisible();
  await ada.doesNotSee('Two.');
  await grace.says('Three.');
  await expect(ada.list.getByText('3 messages by somebody you muted')).toBeVisible();
  await expect(page).toHaveTitle(/^[^(]/);
  // She is back after a reload as she was, and on another page, too.
  const tab = await (await ada.opensTab()).enters();
  await expect(tab.list.getByText('3 messages by somebody you muted')).toBeVisible();
  await ada.list.getByRole('button', { name: 'Show' }).click();
  await ada.sees('Two.');
  await expect(grace.list.getByText(/muted/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(tab.list.getByText(/by somebody you muted/)).toHaveCount(0);
  await tab.sees('Three.');
});
