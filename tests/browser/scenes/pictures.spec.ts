import { expect, test } from '../house/scene.ts';

/** A red and a blue point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==',
  'base64',
);

test('Ada shows a picture of herself, which Grace sees at once, and takes it away again', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Here I am.');
  await grace.sees('Here I am.');
  const face = grace.list.locator('.monogram img');
  await expect(face).toHaveCount(0);
  const { page } = ada;
  await page.getByRole('button', { name: /Your page/ }).click();
  const own = page.getByRole('dialog', { name: 'You' });
  const file = own.locator('input[type=file]');
  await file.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('No picture.') });
  await expect(own.getByRole('alert')).toContainText('PNG, JPEG, GIF or WebP');
  await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: PNG });
  await expect(own.getByText('So others will see you.')).toBeVisible();
  await own.getByRole('button', { name: 'Save picture' }).click();
  await expect(own.getByText('Saved.', { exact: true })).toBeVisible();
  await expect(face).toHaveCount(1);
  await expect.poll(() => face.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(256);
  await own.getByRole('button', { name: 'Take it away' }).click();
  await expect(face).toHaveCount(0);
});
