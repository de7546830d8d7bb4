import { Guard } from '../house/guard.ts';
import { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

test('behind a proxy that wants a password, everything works', async ({
  server,
  browser,
  contextOptions,
  alarms,
}) => {
  const guard = await Guard.open(server);
  const context = await browser.newContext({
    ...contextOptions,
    baseURL: guard.address,
    httpCredentials: guard.credentials,
  });
  const ada = await Person.register(server, context, 'Ada');
  const grace = await Person.register(server, await browser.newContext(), 'Grace');

  await ada.page.goto('/ui/login.html');
  await grace.page.goto(`${server.address}/ui/login.html`);
  await grace.saysMuch(Array.from({ length: 80 }, (_, index) => `message ${index}`));
  await ada.enters();
  await ada.sees('message 79');
  // Somebody else has signed in here meanwhile, and cookies are theirs: this page is still Ada's.
  await context.addCookies([{ name: 'cb', value: grace.session.token, url: guard.address }]);
  await expect(async () => {
    await ada.scrollsTo(0);
    await expect(ada.message('message 0')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await ada.says('Through the door.');
  await ada.marked('Through the door.', 'Sent');

  await ada.page.goto('/ui/admin.html');
  await expect(ada.page.getByRole('row').filter({ hasText: 'Grace' })).toContainText('@example.org');

  await ada.page.goto('/ui/chat.html');
  // Who has something unsent is asked first.
  await ada.marked('Through the door.', 'Sent');
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  await expect(ada.page).toHaveURL(/login\.html$/);
  const after = async (token: string) => {
    const answer = await fetch(`${server.address}/api/me`, { headers: { 'Chatterbox-Token': token } });
    return answer.status;
  };
  expect(await after(ada.session.token)).toBe(401);
  expect(await after(grace.session.token)).toBe(200);
  alarms.push(...ada.alarms, ...grace.alarms);
  await context.close();
  await grace.page.context().close();
  await guard.close();
});
