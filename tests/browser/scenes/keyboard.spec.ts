import { PASSWORD } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

test('Ada joins, talks, corrects, deletes and leaves without a mouse', async ({ stranger }) => {
  const { keyboard } = stranger;
  const focused = (name: string | RegExp) => expect(stranger.locator(':focus')).toHaveAccessibleName(name);
  await stranger.goto('/ui/register.html');
  await focused(/my name is/i);
  await keyboard.type('Ada');
  await keyboard.press('Tab');
  await focused(/name of this place/i);
  await keyboard.press('Tab');
  await keyboard.type('ada@example.org');
  await keyboard.press('Tab');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');

  await expect(stranger).toHaveURL(/chat\.html$/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();
  await focused('Message Lobby');
  const list = stranger.getByRole('log');
  for (const text of ['First.', 'Second.', 'Thurd.']) {
    await keyboard.type(text);
    await keyboard.press('Enter');
    await expect(list.getByText(text)).toBeVisible();
  }
  await expect(list.getByTitle('Sent')).toHaveCount(3);

  await keyboard.press('ArrowUp');
  await focused('Edit your message');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('Third.');
  await keyboard.press('Enter');
  await expect(list.getByText('Third.')).toBeVisible();
  await focused('Message Lobby');

  await keyboard.press('ArrowUp');
  await focused('Edit your message');
  await keyboard.type(' And not this.');
  await keyboard.press('Escape');
  await focused('Message Lobby');
  await expect(list.getByText('Third.', { exact: true })).toBeVisible();

  for (let press = 0; press < 3 && !(await stranger.locator('article:focus').count()); press += 1) {
    await keyboard.press('Shift+Tab');
  }
  await keyboard.press('ArrowUp');
  await keyboard.press('ArrowUp');
  await focused(/^Ada, /);
  await expect(stranger.locator('article:focus')).toContainText('First.');
  await keyboard.press('Delete');
  await focused('Keep');
  await keyboard.press('Escape');
  await focused(/First\./);
  await keyboard.press('Delete');
  for (const round of ['Tab', 'Shift+Tab']) {
    await keyboard.press(round);
    await focused('Delete');
    await keyboard.press(round);
    await focused('Keep');
  }
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(list.getByText('First.')).toHaveCount(0);
  await focused(/Second\./);

  // What was typed into the edit that was left would be lost.
  await stranger.getByRole('button', { name: 'Log out' }).focus();
  await keyboard.press('Enter');
  await focused('Stay');
  await keyboard.press('Tab');
  await focused('Log out anyway');
  await keyboard.press('Enter');
  await expect(stranger).toHaveURL(/login\.html$/);
});

test('Enter that ends a composition of an input method does not send', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.composer.fill('にほん');
  await ada.composer.dispatchEvent('keydown', { key: 'Enter', isComposing: true, keyCode: 229 });
  await expect(ada.composer).toHaveValue('にほん');
  await ada.composer.press('Enter');
  await ada.sees('にほん');
});

test('one press leads past the people to the writing', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const skip = ada.page.getByRole('link', { name: 'Skip to writing' });
  await expect(skip).not.toBeInViewport();
  await skip.focus();
  await expect(skip).toBeInViewport();
  await ada.page.keyboard.press('Enter');
  await expect(ada.composer).toBeFocused();
});

test('the keys that there are can be seen from anywhere, and from a message by asking', async ({
  invite,
}) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Something.');
  await ada.marked('Something.', 'Sent');
  const keys = ada.page.getByRole('dialog', { name: 'Keys' });
  const { keyboard } = ada.page;

  await ada.composer.fill('Half a ');
  await keyboard.press('Control+/');
  await expect(keys).toBeVisible();
  await expect(keys).toContainText('Begin a new line');
  await keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await expect(ada.composer).toBeFocused();
  await keyboard.type('sentence?');
  await expect(ada.composer).toHaveValue('Half a sentence?');
  await expect(keys).toBeHidden();

  await ada.walksUp();
  await keyboard.press('?');
  await expect(keys).toBeVisible();
  await keyboard.press('Control+/');
  await expect(keys).toBeHidden();
  await ada.isOn(/Something/);
  await keyboard.press('Delete');
  await keyboard.press('Meta+/');
  await expect(keys).toBeVisible();
  await keyboard.press('Escape');
  await keyboard.press('Escape');

  // A message that was pressed is no place where a question mark asks for keys: it is meant to be said.
  await ada.composer.fill('');
  await ada.message('Something.').getByText('Something.').click();
  await keyboard.type('?');
  await expect(ada.composer).toHaveValue('?');
  await expect(keys).toBeHidden();
});
