import { PASSWORD } from '../house/person.ts';
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
  await expect(row('Grace')).toContainText('Offline');
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

test('whoever asks for the list once more is not left without a place on the page', async ({ invite }) => {
  const ada = await invite('Ada');
  let fails = true;
  await ada.page.route('**/users', (route) => (fails ? route.abort() : route.continue()));
  await ada.page.goto('/ui/admin.html');
  const [again, title] = [
    ada.page.getByRole('button', { name: 'Try again' }),
    ada.page.getByRole('heading', { name: 'Everyone' }),
  ];
  for (fails of [true, false]) {
    await again.focus();
    await ada.page.keyboard.press('Enter');
    await expect(title).toBeFocused();
    if (fails) await expect(again).toBeVisible();
  }
  await expect(ada.page.getByText('1 registered, 1 here now')).toBeVisible();
  await expect(title).toBeFocused();
});

test('Ada makes Grace an administrator and turns her out, by keyboard, and proves first who she is', async ({
  invite,
}) => {
  const ada = await invite('Ada');
  const grace = await (await invite('غادة')).enters();
  const { page } = ada;
  // She signed in a while ago.
  let stale = true;
  await page.route('**/api/users/*', (route) => {
    const body = { status: 403, code: 'login_too_old', detail: 'Log in again.' };
    if (!stale) return route.continue();
    return route.fulfill({ status: 403, contentType: 'application/problem+json', json: body });
  });
  await page.goto('/ui/admin.html');
  const row = page.getByRole('row').filter({ hasText: 'غادة' }).first();
  await expect(page.getByRole('row').filter({ hasText: 'Ada' }).getByRole('button')).toHaveCount(0);

  await row.getByRole('button', { name: 'Make an administrator' }).press('Enter');
  await ada.isOn('Leave it');
  await page.keyboard.press('Escape');
  await ada.isOn(/Make an administrator/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await ada.isOn('Your password');
  await page.keyboard.type('not the one');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Your password' })).toHaveAccessibleDescription(
    'That is not your password.',
  );
  await page.getByRole('textbox', { name: 'Your password' }).fill(PASSWORD);
  stale = false;
  await page.keyboard.press('Enter');
  await ada.isOn(/Make a member/);
  await expect(row).toContainText('Administrator');
  await expect(page.getByRole('status').filter({ hasText: 'غادة is an administrator.' })).toBeAttached();

  await expect(grace.page).toHaveURL(/login\.html$/);
  await grace.signsIn();
  await row.getByRole('button', { name: 'Deactivate…' }).press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await ada.isOn(/Reactivate…/);
  await expect(row).toContainText('Deactivated');
  await expect(grace.page).toHaveURL(/login\.html$/);
});
