import { expect, test } from '../house/scene.ts';

test('Ada and Grace talk, and each sees at once what the other says', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await expect(ada.page.getByText('It is quiet in Lobby.')).toBeVisible();
  await ada.says('Is anyone here?');
  await grace.sees('Is anyone here?');
  await grace.says('I am.');
  await ada.sees('I am.');
});

test('Ada’s message is ticked when it is stored and again when Grace has seen it', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Look at this.');
  await ada.marked('Look at this.', 'Sent');
  await (await invite('Grace')).enters();
  await ada.marked('Look at this.', 'Seen');
});

test('Grace corrects herself, and Ada reads the correction', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('A bug in relay 70.');
  await ada.sees('A bug in relay 70.');
  await grace.edits('A bug in relay 70.', 'A moth in relay 70.');
  await ada.sees('A moth in relay 70.');
  await ada.doesNotSee('A bug in relay 70.');
  await expect(ada.message('A moth').getByText('edited')).toBeVisible();
});

test('what Grace deletes is gone for Ada too, but only after she has said yes', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('Never mind.');
  await ada.sees('Never mind.');
  const message = await grace.touches('Never mind.');
  await message.getByRole('button', { name: 'Delete message' }).click();
  await message.getByRole('button', { name: 'Keep' }).click();
  await ada.sees('Never mind.');
  await grace.deletes('Never mind.');
  await ada.doesNotSee('Never mind.');
});

test('Grace may not touch what Linus said, and Ada, who owns the place, may delete it but not change it', async ({
  invite,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const linus = await (await invite('Linus')).enters();
  await linus.says('Rude words.');
  await grace.sees('Rude words.');
  await expect(grace.message('Rude words.').getByRole('button', { name: / message$/ })).toHaveCount(0);
  await ada.sees('Rude words.');
  await expect(ada.message('Rude words.').getByRole('button', { name: 'Edit message' })).toHaveCount(0);
  await ada.deletes('Rude words.');
  await linus.doesNotSee('Rude words.');
});

test('messages of one author are one group, with one name above them', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('One.');
  await ada.says('Two.');
  await grace.sees('Two.');
  await expect(grace.list.getByText('Ada', { exact: true })).toHaveCount(1);
  await grace.says('Three.');
  await ada.sees('Three.');
  await expect(ada.list.getByRole('heading', { name: 'Today' })).toHaveCount(1);
});

test('who is here is told as people come and go', async ({ invite, isMobile }) => {
  // Whoever leaves is said to be here for thirty seconds more.
  test.setTimeout(90_000);
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  if (isMobile) await ada.page.getByRole('button', { name: /here now/ }).click();
  const online = ada.page.getByRole('list', { name: 'People online' });
  await expect(online.getByRole('listitem')).toContainText(['Ada', 'Grace']);
  await grace.page.close();
  await expect(online.getByRole('listitem')).toHaveCount(1, { timeout: 45_000 });
});

test('several lines stay several lines, and Shift+Enter makes them', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.composer.pressSequentially('First');
  await ada.composer.press('Shift+Enter');
  await ada.composer.pressSequentially('  second');
  await ada.finishes(ada.composer);
  await ada.marked('First', 'Sent');
  expect(await ada.message('First').locator('p.text').textContent()).toBe('First\n  second');
});

test('a draft survives a reload of the page', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.composer.fill('Not yet ready');
  await ada.page.reload();
  await expect(ada.composer).toHaveValue('Not yet ready');
});

test('what is too long says so before it is sent', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.composer.fill('x'.repeat(7990));
  await expect(ada.page.getByText('10 characters left')).toBeVisible();
  await ada.composer.fill('x'.repeat(8003));
  await expect(ada.page.getByText('3 characters too many')).toBeVisible();
  await expect(ada.page.getByRole('button', { name: 'Send' })).toBeDisabled();
  await ada.composer.fill('Short.');
  await ada.finishes(ada.composer);
  await ada.sees('Short.');
});

test('a message that the server refuses stays, says why, and can be tried again or let go', async ({
  invite,
}) => {
  const ada = await invite('Ada');
  let refuse = true;
  await ada.page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const command = JSON.parse(String(frame));
      if (!refuse || command.type !== 'send') return server.send(frame);
      socket.send(
        JSON.stringify({
          type: 'error',
          code: 'storage_full',
          message: 'The disk is full.',
          ref: command.ref,
        }),
      );
    });
  });
  await ada.enters();
  await ada.says('Important.');
  await ada.marked('Important.', 'Not sent');
  await expect(ada.message('Important.').getByText('The disk is full.')).toBeVisible();
  await ada.says('Less so.');
  await ada.message('Less so.').getByRole('button', { name: 'Discard' }).click();
  await ada.doesNotSee('Less so.');
  refuse = false;
  await ada.message('Important.').getByRole('button', { name: 'Try again' }).click();
  await ada.marked('Important.', 'Sent');
});

test('the title counts what waits to be read', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Seen');
  await grace.page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await ada.says('While you were away.');
  await expect(grace.page).toHaveTitle('(1) Lobby · ChatterBox');
  await grace.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(grace.page).toHaveTitle('Lobby · ChatterBox');
});
