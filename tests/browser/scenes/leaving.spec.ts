import type { Page } from '@playwright/test';
import type { Person } from '../house/person.ts';
import type { Server } from '../house/server.ts';
import { expect, test } from '../house/scene.ts';

const UNHEARD = 'You are not logged out on the server yet.';
const PAGE = '<!DOCTYPE html><h1>Sign in to the network</h1>';

function token(page: Page): Promise<string> {
  return page.evaluate(() => localStorage.getItem('token') ?? '');
}

async function lives(server: Server, shown: string): Promise<boolean> {
  const answer = await fetch(`${server.address}/api/me`, { headers: { 'Chatterbox-Token': shown } });
  return answer.ok;
}

/** Through the login page, so that the browser has what it gives to browsers. */
async function signsIn(person: Person): Promise<string> {
  await person.page.goto('/ui/login.html');
  await person.signsIn();
  return token(person.page);
}

/** What somebody finds who types an address into this browser, or shows what is kept in it in some other way. */
async function nothingIsOpen({ page }: Person, shown: string): Promise<void> {
  const history = await page.goto('/api/rooms/1/messages');
  expect(history?.status()).toBe(401);
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).not.toContain(shown);
  for (const cookie of await page.context().cookies()) expect(cookie.value).not.toBe(shown);
}

test('who logs out and is answered by something else is told the truth, and is out as soon as the server hears it', async ({
  server,
  portal,
  inviteThroughPortal,
}) => {
  const ada = await inviteThroughPortal('Ada');
  const shown = await signsIn(ada);
  expect((await ada.page.context().cookies()).map((cookie) => cookie.name).sort()).toEqual(['cb', 'cb-half']);
  portal.answers({ status: 200, type: 'text/html', body: PAGE });
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  await expect(ada.page.getByRole('alert')).toContainText(UNHEARD);
  await expect(ada.page.getByText('You are logged out.')).toHaveCount(0);
  await expect(ada.list).toHaveCount(0);

  // The next page still knows, and goes on.
  portal.answers({ status: 401, type: 'text/html', body: PAGE });
  await ada.page.reload();
  await expect(ada.page).toHaveURL(/login\.html$/);
  await expect(ada.page.getByRole('alert')).toContainText(UNHEARD);
  expect(await lives(server, shown)).toBe(true);
  portal.letsThrough();
  await expect(ada.page.getByText('You are logged out.')).toBeVisible();
  expect(await lives(server, shown)).toBe(false);
});

test('who logs out without a connection is out when it is back, and nothing here opens the chat meanwhile', async ({
  server,
  link,
  inviteOverLink,
}) => {
  const ada = await inviteOverLink('Ada');
  const shown = await signsIn(ada);
  const tab = await (await ada.opensTab()).enters();
  link.cut();
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  for (const { page } of [ada, tab]) {
    await expect(page.getByRole('alert')).toContainText(UNHEARD);
    await expect(page.getByRole('heading', { name: 'See you soon.' })).toBeVisible();
  }
  await tab.page.close();
  // The first to hear again is the address bar.
  await ada.page.route('**/logout', (route) => route.abort());
  link.mend();
  await nothingIsOpen(ada, shown);
  expect(await lives(server, shown)).toBe(true);
  await ada.page.unroute('**/logout');
  await ada.page.goto('/ui/login.html');
  await expect(ada.page.getByText('You are logged out.')).toBeVisible();
  expect(await lives(server, shown)).toBe(false);
});

test('whoever signs in before the server has heard of the last one’s leave stays signed in', async ({
  server,
  invite,
}) => {
  const grace = await invite('Grace');
  const ada = await invite('Ada');
  const shown = await signsIn(ada);
  const tab = await (await ada.opensTab()).enters();
  await ada.page.context().route('**/logout', (route) => route.abort());
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  await expect(tab.page.getByRole('alert')).toContainText(UNHEARD);
  await ada.page.getByRole('link', { name: 'To the sign-in page' }).click();
  await ada.signsIn(grace.name);
  await ada.page.context().unroute('**/logout');
  await expect.poll(() => lives(server, shown)).toBe(false);
  expect(await lives(server, await token(ada.page))).toBe(true);
  await expect(tab.page.getByText('You are signed in as Grace.')).toBeVisible();
  const me = await ada.page.goto('/api/me');
  expect(await me?.json()).toMatchObject({ username: 'Grace' });
});
