import type { Locator } from '@playwright/test';
import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

/** Whoever writes again at once is said to after three seconds, if they still do. */
const SLOWLY = { delay: 700 };

/** Who is here, as one of them sees it. On a phone that is a sheet of its own. */
async function hereNow({ page }: Person): Promise<Locator> {
  const opener = page.getByRole('button', { name: /Show people and settings/ });
  if (await opener.isVisible()) await opener.click();
  return page.getByRole('list', { name: 'People online' });
}

test('that Grace is writing is said where it changes nothing, and gone with her message', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('Hello.');
  await ada.sees('Hello.');
  const composer = ada.page.getByLabel(/^Message /);
  const before = await composer.boundingBox();
  await grace.page.getByLabel(/^Message /).pressSequentially('I mean', SLOWLY);
  const line = ada.page.getByText('Grace is writing…');
  await expect(line).toBeVisible();
  expect(await composer.boundingBox()).toEqual(before);
  await grace.page.getByLabel(/^Message /).press('Control+Enter');
  await ada.sees('I mean');
  await expect(line).toBeHidden();
  // Whoever thinks better of it is forgotten.
  await grace.page.getByLabel(/^Message /).pressSequentially('Or not', SLOWLY);
  await expect(line).toBeVisible();
  await expect(line).toBeHidden({ timeout: 10_000 });
});

test('whoever hides is gone for others, and knows it on each of their devices', async ({ invite, again }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const phone = await (await again(grace)).enters();
  const graces = (await hereNow(ada)).getByRole('listitem').filter({ hasText: 'Grace' });
  await expect(graces).toBeVisible();
  await hereNow(grace);
  await hereNow(phone);
  const choice = ({ page }: Person) => page.getByLabel('Others see you');
  await choice(grace).selectOption('hidden');
  await expect(graces).toBeHidden();
  await expect(choice(phone)).toHaveValue('hidden');
  await choice(phone).selectOption('hour');
  await expect(graces).toContainText('does not want to be disturbed');
  await expect(choice(grace)).toHaveValue('busy');
});
