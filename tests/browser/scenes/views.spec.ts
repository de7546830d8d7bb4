import { asks, idOf, isIn, makesRoom, opens } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

test('what Ada opens beside a room has an address: back closes it, reload opens it again, and the focus returns', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  await makesRoom(server, ada, { name: 'Workshop' });
  await opens(ada, 'Workshop');
  const { page } = ada;
  const members = page.getByRole('dialog', { name: 'Who belongs to it' });
  const opener = page.getByRole('button', { name: 'Show who belongs to it' });
  await opener.focus();
  await page.keyboard.press('Enter');
  await expect(members).toBeVisible();
  await expect(page).toHaveURL(/\?room=\d+&view=members$/);
  await page.keyboard.press('Escape');
  await expect(members).toHaveCount(0);
  await expect(page).toHaveURL(/\?room=\d+$/);
  await expect(opener).toBeFocused();
  await page.goForward();
  await expect(members).toBeVisible();
  await page.reload();
  await expect(members).toBeVisible();
  await isIn(ada, 'Workshop');
  await members.getByRole('button', { name: 'Close' }).click();
  await expect(members).toHaveCount(0);
  await expect(page).toHaveURL(/\?room=\d+$/);
  // An address that somebody else gave out has nothing behind it.
  const tab = await ada.opensTab();
  await tab.page.goto('/ui/chat.html?view=people');
  const people = tab.page.getByRole('dialog', { name: 'People', exact: true });
  await expect(people).toBeVisible();
  await tab.page.keyboard.press('Escape');
  await expect(people).toHaveCount(0);
  await expect(tab.page).toHaveURL(/chat\.html$/);
  await isIn(tab, 'Lobby');
});

test('Ada finds Grace among the people by keyboard, sees who she is, and writes to her', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const profile = {
    name: 'Admiral Hopper',
    pronouns: 'she/her',
    bio: 'Finds bugs.',
    time_zone: 'Asia/Kathmandu',
  };
  await asks(server, grace, 'PATCH', '/api/me', {
    ...profile,
    status: { emoji: '🐛', text: 'Looking for one' },
  });
  const { page } = ada;
  await page.getByRole('button', { name: 'All people' }).press('Enter');
  await ada.isOn(/Find somebody/);
  await page.keyboard.type('hopper');
  const found = page.getByRole('dialog', { name: 'People', exact: true }).getByRole('listitem');
  await expect(found).toHaveCount(1);
  await expect(found).toContainText('Looking for one');
  await page.keyboard.press('Tab');
  await ada.isOn(/Admiral Hopper/);
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog', { name: 'Who it is' });
  for (const said of [
    'Admiral Hopper',
    '@Grace',
    'she/her',
    'Finds bugs.',
    'Looking for one',
    'there',
    'Member',
  ])
    await expect(card).toContainText(said);
  await card.getByRole('button', { name: 'Write to Admiral Hopper' }).press('Enter');
  await isIn(ada, 'Admiral Hopper');
  await expect(card).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Message Admiral Hopper' })).toBeFocused();
});

test('what Ada says of herself is seen by Grace at once, beside old messages too', async ({
  invite,
  again,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Good morning.');
  await grace.sees('Good morning.');
  await ada.page.getByRole('button', { name: 'Ada Your page' }).press('Enter');
  await expect(ada.page).toHaveURL(/\?view=me$/);
  const own = ada.page.getByRole('dialog', { name: 'You' });
  await own.getByLabel('Your name').fill('Countess');
  await own.getByLabel('Time zone').selectOption('Europe/London');
  await own.getByRole('button', { name: 'Save' }).first().press('Enter');
  await expect(own.getByText('Saved.', { exact: true }).first()).toBeVisible();
  await own.getByLabel('In words').fill('On the train');
  await own.getByLabel('It ends').selectOption('In an hour');
  await own.getByRole('button', { name: 'Say so' }).press('Enter');
  await expect(own.getByText('Others see it.', { exact: true })).toBeVisible();
  await expect(grace.message('Good morning.')).toContainText('Countess');
  await grace.message('Good morning.').getByRole('button', { name: 'Countess' }).click();
  const card = grace.page.getByRole('dialog', { name: 'Who it is' });
  await expect(card).toContainText('On the train');
  await expect(card).toContainText(/until\s+\d/);
  // By keyboard, from the message.
  await grace.page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);
  await grace.walksUp();
  await grace.page.keyboard.press('w');
  await expect(card).toContainText('@Ada');
  // On another device it is so, too.
  const phone = await (await again(ada)).enters();
  await phone.page.goto('/ui/chat.html?view=me');
  await expect(phone.page.getByLabel('Your name')).toHaveValue('Countess');
});

test('whoever takes another’s name has their own beside it', async ({ invite, server }) => {
  const ada = await (await invite('Ada')).enters();
  const mallory = await (await invite('Mallory')).enters();
  await mallory.says('Send me your password.');
  await asks(server, mallory, 'PATCH', '/api/me', { name: 'ＡＤＡ' });
  await expect(ada.message('Send me your password.')).toContainText('@Mallory');
  await ada.page.goto(`/ui/chat.html?view=person&person=${await idOf(server, mallory)}`);
  await expect(ada.page.getByRole('dialog', { name: 'Who it is' })).toContainText('@Mallory');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

  test('one thing is on screen at a time, and nothing behind it is in reach', async ({ invite, server }) => {
    const ada = await (await invite('Ada')).enters();
    await makesRoom(server, ada, { name: 'Workshop' });
    await ada.page.getByRole('button', { name: 'Rooms' }).tap();
    await opens(ada, 'Workshop');
    await expect(ada.page.getByRole('button', { name: /here now/ })).toHaveCount(0);
    await ada.page.getByRole('button', { name: 'Show who belongs to it' }).tap();
    const members = ada.page.getByRole('dialog', { name: 'Who belongs to it' });
    await expect(members).toBeInViewport({ ratio: 1 });
    const box = await members.boundingBox();
    expect([box?.x, box?.y, box?.width, box?.height]).toEqual([0, 0, 390, 844]);
    await expect(ada.page.locator('main')).toHaveJSProperty('inert', true);
    await ada.page.goBack();
    await expect(members).toHaveCount(0);
    await expect(ada.page.getByRole('textbox', { name: 'Message Workshop' })).toBeVisible();
    // From the list as well: one goes back to the list.
    await ada.page.goBack();
    await ada.page.getByRole('button', { name: 'Ada Your page' }).tap();
    await expect(ada.page).toHaveURL(/\?rooms&view=me$/);
    await expect(ada.page.getByRole('dialog', { name: 'You' })).toBeInViewport({ ratio: 1 });
    await ada.page.getByRole('button', { name: 'Close' }).tap();
    await expect(ada.page.locator('a[data-room]').first()).toBeVisible();
  });
});
