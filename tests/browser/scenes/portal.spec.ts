import type { Page } from '@playwright/test';
import { PASSWORD } from '../house/person.ts';
import type { Instead } from '../house/portal.ts';
import { expect, test } from '../house/scene.ts';

const PAGE = '<!DOCTYPE html><title>Welcome to the hotel</title><h1>Sign in to the network</h1>';
const NOT_OURS = 'Something else answered in the server’s place';
const AWAY = 'The server does not answer at the moment.';

/** What a network may answer, and the beginning of what a person is told then. `calls.test.ts` has every other answer. */
const answers: [name: string, instead: Instead, told: string][] = [
  ['a page', { status: 200, type: 'text/html', body: PAGE }, NOT_OURS],
  ['the way to another host', { status: 302, location: 'http://127.0.0.2:9/portal' }, NOT_OURS],
  ['the page of a proxy whose server is away', { status: 502, type: 'text/html', body: PAGE }, AWAY],
];

function kept(page: Page) {
  return page.evaluate(() => [localStorage.getItem('token'), sessionStorage.getItem('joined')]);
}

for (const [name, instead, told] of answers) {
  test(`a network that answers ${name} registers nobody, signs nobody in, and nobody out`, async ({
    portal,
    inviteThroughPortal,
  }) => {
    const ada = await inviteThroughPortal('Ada');
    await ada.page.goto('/ui/login.html');
    await ada.saysMuch(Array.from({ length: 300 }, (_, index) => `message ${index}`));
    await ada.enters();
    await ada.sees('message 299');

    portal.answers(instead);
    await ada.knowsToBeAway();
    await ada.scrollsTo(0);
    await expect(ada.page.getByText('Older messages did not come.')).toBeVisible();
    expect((await kept(ada.page))[0]).toBe(ada.session.token);

    await ada.page.goto('/ui/admin.html');
    await expect(ada.page.getByText(`The list did not come. ${told}`)).toBeVisible();
    expect((await kept(ada.page))[0]).toBe(ada.session.token);
    portal.letsThrough();
    await ada.page.getByRole('button', { name: 'Try again' }).click();
    await expect(ada.page.getByRole('row').filter({ hasText: 'Ada' })).toContainText('Owner');

    portal.answers(instead);
    await ada.page.evaluate(() => localStorage.clear());
    await ada.page.goto('/ui/register.html');
    await ada.page.getByLabel(/my name is/i).fill('Grace');
    await ada.page.getByLabel('E-mail').fill('grace@example.org');
    await ada.page.getByLabel('Password').fill(PASSWORD);
    await ada.page.getByRole('button', { name: 'Pin it on' }).click();
    await expect(ada.page.getByRole('alert')).toContainText(told);
    await expect(ada.page).toHaveURL(/register\.html$/);

    await ada.page.goto('/ui/login.html');
    await ada.page.getByLabel('Name').fill('Ada');
    await ada.page.getByLabel('Password').fill(PASSWORD);
    await ada.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(ada.page.getByRole('alert')).toContainText(told);
    await expect(ada.page).toHaveURL(/login\.html$/);
    expect(await kept(ada.page)).toEqual([null, null]);

    portal.letsThrough();
    await ada.page.getByRole('button', { name: 'Sign in' }).click();
    await ada.sees('message 299');
  });
}
