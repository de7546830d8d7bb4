import { PASSWORD } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

test('the first names the place, and hands out its address until it is by invite only', async ({ stranger, server }) => {
  await stranger.goto('/');
  await expect(stranger.getByRole('heading', { name: 'Set up your place' })).toBeAttached();
  await stranger.getByLabel(/my name is/i).fill('Ada');
  await stranger.getByLabel('Name of this place').fill('The Old Mill');
  await stranger.getByLabel('E-mail').fill('ada@example.org');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger).toHaveTitle('Lobby · The Old Mill');
  await expect(stranger.getByText(`${server.address}/`, { exact: true })).toBeVisible();
  await expect(stranger.getByRole('img', { name: 'The address as a QR code' })).toBeVisible();
  await stranger.getByRole('button', { name: 'By invite only' }).click();
  await expect(stranger.getByText(/\/join\/[a-z2-9]{26}$/)).toBeVisible();
  await expect(stranger.getByRole('button', { name: 'By invite only' })).toHaveAttribute('aria-pressed', 'true');
});

test('whoever opens a link puts on a name tag and stands in its room', async ({ stranger, invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.page.getByRole('button', { name: 'Invite people' }).click();
  await ada.page.getByRole('button', { name: 'Make a link' }).click();
  const link = await ada.page.getByText(/\/join\/[a-z2-9]{26}$/).innerText();
  await stranger.goto(link);
  await expect(stranger.getByText('Ada invites you')).toBeVisible();
  await stranger.getByLabel(/my name is/i).fill('Grace');
  await stranger.getByLabel('E-mail').fill('grace@example.org');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger).toHaveURL(/chat\.html/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();
  // Whoever is signed in comes in with one press; and a link that is gone leads nowhere.
  await stranger.goto(link);
  await stranger.getByRole('button', { name: 'Come in' }).click();
  await expect(stranger).toHaveURL(/chat\.html/);
  await ada.page.getByRole('button', { name: /^Revoke the link/ }).click();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { name: 'This link leads nowhere any more.' })).toBeVisible();
});
