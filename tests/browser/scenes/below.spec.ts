import { PASSWORD, watch } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';
import { Server } from '../house/server.ts';

test('below a path a newcomer comes as far as anywhere, and no page asks for anything outside of it', async ({
  browser,
  contextOptions,
  alarms,
}) => {
  const server = await Server.open('/chat');
  const context = await browser.newContext({ ...contextOptions, baseURL: server.address });
  const page = await context.newPage();
  watch(page, alarms);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));

  await page.goto('/chat/');
  await expect(page).toHaveURL(/\/chat\/ui\/register\.html$/);
  await page.getByLabel(/my name is/i).fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Pin it on' }).click();
  await expect(page).toHaveURL(/\/chat\/ui\/chat\.html$/);
  await page.getByRole('textbox', { name: 'Message Lobby' }).fill('From below.');
  await page.keyboard.press('Enter');
  const message = page
    .getByRole('log', { name: 'Messages' })
    .getByRole('article')
    .filter({ hasText: 'From below.' });
  await expect(message.getByTitle('Sent', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Everyone registered' }).click();
  await expect(page).toHaveURL(/\/chat\/ui\/admin\.html$/);
  await expect(page.getByRole('row').filter({ hasText: 'Ada' })).toContainText('Owner');

  const paths = asked.map((address) => new URL(address).pathname);
  expect(paths).toContain('/chat/ws');
  expect(paths.filter((path) => !path.startsWith('/chat/'))).toEqual([]);
  await context.close();
  await server.close();
});
