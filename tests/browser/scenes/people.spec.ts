import { expect, test } from '../house/scene.ts';

test('Ada, who owns the place, sees who has registered and who is here, live', async ({ invite }) => {
  const ada = await invite('Ada');
  await ada.page.goto('/ui/admin.html');
  const row = (name: string) => ada.page.getByRole('row').filter({ hasText: name });
  await expect(row('Ada')).toContainText('Owner');
  const grace = await (await invite('Grace')).enters();
  await expect(row('Grace')).toContainText('Online');
  await expect(row('Grace')).toContainText('@example.org');
  await expect(ada.page.getByText('2 registered, 2 here now')).toBeVisible();
  await grace.page.close();
  await expect(row('Grace')).toContainText('Away');
});

test('Grace, who does not, is told so politely, and whom to ask', async ({ invite }) => {
  await invite('Ada');
  const grace = await invite('Grace');
  await grace.page.goto('/ui/admin.html');
  await expect(grace.page.getByRole('heading', { name: 'This page is for administrators.' })).toBeVisible();
  await expect(grace.page.getByText('ask Ada')).toBeVisible();
  await expect(grace.page.getByRole('table')).toHaveCount(0);
  await grace.page.getByRole('main').getByRole('link', { name: 'Back to the chat' }).click();
  await expect(grace.page).toHaveURL(/chat\.html$/);
});
