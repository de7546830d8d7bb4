import { PASSWORD } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

test('Ada signs in on another device by a link, the first one says so, and Undo ends it', async ({
  invite,
  stranger,
}) => {
  const ada = await (await invite('Ada')).enters();
  await ada.page.getByRole('button', { name: /Your page/ }).click();
  const you = ada.page.getByRole('dialog', { name: 'You' });
  await you.getByRole('button', { name: 'Sign in on another device' }).click();
  await you.getByLabel('Your password').fill(PASSWORD);
  await you.getByRole('button', { name: 'Show the link' }).click();
  await expect(you.getByRole('img', { name: 'The link as a QR code' })).toBeVisible();
  await expect(you.getByText(/within 5 minutes/)).toBeVisible();
  const link = await you.getByText(/device\.html#/).innerText();

  await stranger.goto(link);
  await expect(stranger.getByText('You will be signed in on this device as Ada.')).toBeVisible();
  await expect(stranger).not.toHaveURL(/#/);
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await expect(stranger).toHaveURL(/chat\.html/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();

  await ada.page.keyboard.press('Escape');
  await expect(ada.page.getByText('Signed in on another device')).toBeVisible();
  await expect(stranger.getByText('Signed in on another device')).toBeHidden();
  await ada.page.getByRole('button', { name: 'Undo' }).click();
  await expect(stranger).toHaveURL(/login\.html/);
  await expect(ada.page.getByText('Signed in on another device')).toBeHidden();

  // It was used, and signs nobody in any more.
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { name: 'This link signs nobody in any more.' })).toBeVisible();
});
