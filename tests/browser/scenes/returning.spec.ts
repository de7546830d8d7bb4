import { expect, test } from '../house/scene.ts';

test('the server is killed, and everyone comes back to everything', async ({ server, invite, again }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Stays as it is.');
  await ada.says('Will be changed.');
  await ada.says('Will be deleted.');
  await grace.sees('Will be deleted.');

  await server.kill();
  await ada.knowsToBeAway();
  await grace.knowsToBeAway();
  await server.start();
  const elsewhere = await (await again(ada)).enters();
  await elsewhere.says('Said while Grace was away.');
  await elsewhere.edits('Will be changed.', 'Is changed now.');
  await elsewhere.deletes('Will be deleted.');

  for (const person of [ada, grace]) {
    await person.isBack();
    await person.missesNothingOf(['Stays as it is.', 'Is changed now.', 'Said while Grace was away.']);
    await person.doesNotSee('Will be deleted.');
    await person.doesNotSee('Will be changed.');
  }
});

test('what Ada writes while the server is away is sent once, in order, when it returns', async ({
  server,
  invite,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Before.');
  await grace.sees('Before.');
  await server.kill();
  await ada.knowsToBeAway();
  await ada.says('First in the dark.');
  await ada.says('Second in the dark.');
  await ada.marked('First in the dark.', 'Waiting');
  await server.start();
  // Nobody waits out a pause that has grown while the server was away.
  await ada.looksForNetwork();
  await grace.looksForNetwork();
  await ada.marked('Second in the dark.', 'Seen');
  for (const person of [ada, grace]) {
    await person.missesNothingOf(['First in the dark.', 'Second in the dark.']);
    const texts = await person.list.locator('p.text').allTextContents();
    expect(texts).toEqual(['Before.', 'First in the dark.', 'Second in the dark.']);
  }
});

test('what was unsent survives even a reload', async ({ invite }) => {
  const ada = await invite('Ada');
  let hold = true;
  await ada.page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (!hold || JSON.parse(String(frame)).type !== 'send') server.send(frame);
    });
  });
  await ada.enters();
  await ada.says('Kept.');
  await ada.marked('Kept.', 'Sending');
  hold = false;
  await ada.page.reload();
  await ada.marked('Kept.', 'Sent');
});

test('a message whose answer got lost is not said twice', async ({ invite }) => {
  const ada = await invite('Ada');
  let swallow = true;
  await ada.page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      const event = JSON.parse(String(frame));
      if (!swallow || event.type !== 'ok') return socket.send(frame);
      swallow = false;
      void socket.close({ code: 1012, reason: '10' });
      void server.close();
    });
  });
  await ada.enters();
  await ada.says('Once.');
  await ada.marked('Once.', 'Sent');
  await ada.page.reload();
  await ada.sees('Once.');
});

test('a server that restarts on purpose is back before anyone worries', async ({ server, invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Sent');
  await server.stop();
  await ada.knowsToBeAway();
  await server.start();
  await ada.isBack();
  await ada.says('After.');
  await ada.marked('After.', 'Sent');
});

test('without a network the page says so and goes on by itself', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Sent');
  await ada.page.context().setOffline(true);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await ada.says('Later.');
  await ada.page.context().setOffline(false);
  await ada.marked('Later.', 'Sent');
});

test('when the session is over, the login page says so', async ({ server, invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Hello.');
  const authorization = `Bearer ${ada.session.token}`;
  await fetch(`${server.address}/logout`, { method: 'POST', headers: { authorization } });
  await expect(ada.page).toHaveURL(/login\.html$/);
  await expect(ada.page.getByText('Your session is over. Please sign in again.')).toBeVisible();
  expect(await ada.page.evaluate(() => localStorage.getItem('token'))).toBeNull();
});

test('a session that ended while the page was closed leads to the login page', async ({ server, invite }) => {
  const ada = await invite('Ada');
  const authorization = `Bearer ${ada.session.token}`;
  await fetch(`${server.address}/logout`, { method: 'POST', headers: { authorization } });
  await ada.page.goto('/ui/chat.html');
  await expect(ada.page).toHaveURL(/login\.html$/);
});

test('Ada logs out and is really out', async ({ server, invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  await expect(ada.page).toHaveURL(/login\.html$/);
  const authorization = `Bearer ${ada.session.token}`;
  const answer = await fetch(`${server.address}/api/me`, { headers: { authorization } });
  expect(answer.status).toBe(401);
});
