import { PASSWORD } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

test('the first visitor is handed a name tag and walks through to the chat', async ({ stranger, server }) => {
  await stranger.goto('/');
  await expect(stranger).toHaveURL(/register\.html$/);
  await stranger.getByLabel(/my name is/i).fill('Ada');
  await stranger.getByLabel('E-mail').fill('ada@example.org');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger).toHaveURL(/chat\.html$/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();

  // It is theirs, and they are given the address to hand out, whatever the browser lets pages do.
  await expect(stranger.getByText('Only this machine can open it.')).toBeVisible();
  const composer = stranger.getByRole('textbox', { name: 'Message Lobby' });
  for (const clipboard of ['there', 'absent']) {
    await stranger.evaluate((is) => {
      if (is === 'absent') Object.defineProperty(navigator, 'clipboard', { value: undefined });
    }, clipboard);
    await stranger.getByRole('button', { name: 'Copy the address' }).press('Enter');
    await expect(stranger.getByRole('status').getByText('Copied.')).toBeVisible();
    await composer.press('ControlOrMeta+v');
    await expect(composer).toHaveValue(`${server.address}/`);
    await composer.fill('');
  }
  await composer.fill('Come in!');
  await composer.press('Enter');
  await expect(stranger.getByText('This place is yours.')).toHaveCount(0);
  const kept = await stranger.evaluate(() => [
    localStorage.getItem('username'),
    localStorage.getItem('token'),
  ]);
  expect(kept).toEqual(['Ada', expect.stringMatching(/.{20,}/)]);
});

test('whoever never heard that the registration had worked is let in by registering again', async ({
  stranger,
}) => {
  await stranger.goto('/ui/register.html');
  await stranger.getByLabel(/my name is/i).fill('Ada');
  await stranger.getByLabel('E-mail').fill('ada@example.org');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.route('**/register', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger.getByRole('alert')).toContainText('cannot be reached');
  await stranger.unroute('**/register');
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger).toHaveURL(/chat\.html$/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();
});

test('a name that is taken, a bad address and a weak password are each said at their field', async ({
  stranger,
  invite,
}) => {
  await invite('Ada');
  await stranger.goto('/ui/register.html');
  const name = stranger.getByLabel(/my name is/i);
  const email = stranger.getByLabel('E-mail');
  const password = stranger.getByLabel('Password');
  const join = stranger.getByRole('button', { name: 'Pin it on' });
  await password.fill('short');
  await expect(stranger.getByText('3 more characters.')).toBeVisible();
  // A mark says so, too, to whoever tells no red from brown.
  const marks = stranger.locator('[id$=-note] svg');
  await expect(marks).toHaveCount(0);
  await join.click();
  await expect(marks).toHaveCount(3);
  await expect(name).toHaveAccessibleDescription('A tag needs a name.');
  await expect(email).toHaveAccessibleDescription('That does not look like an e-mail address.');
  await expect(name).toBeFocused();

  await name.fill('ADA');
  await email.fill('other@example.org');
  await password.fill(`not ${PASSWORD}`);
  await join.click();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(name).toBeFocused();

  await name.fill('Grace');
  await password.fill('password');
  await join.click();
  await expect(password).toHaveAttribute('aria-invalid', 'true');
  await expect(password).toBeFocused();
});

test('a wrong password is said clearly and the name stays', async ({ stranger, invite }) => {
  await invite('Ada');
  await stranger.goto('/ui/login.html');
  await stranger.getByLabel('Name').fill('Ada');
  const password = stranger.getByLabel('Password');
  await password.fill('not the');
  await stranger.getByRole('button', { name: 'Show what is typed' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await expect(password).toBeFocused();
  await password.pressSequentially(' one');
  await expect(password).toHaveValue('not the one');
  await password.press('ArrowLeft');
  await stranger.getByRole('button', { name: 'Hide what is typed' }).press('Enter');
  await expect(password).toHaveAttribute('type', 'password');
  expect(await password.evaluate((field: HTMLInputElement) => field.selectionStart)).toBe(10);
  await stranger.getByRole('button', { name: 'Show what is typed' }).press('Enter');
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await expect(password).toHaveAttribute('type', 'password');
  await expect(stranger.getByRole('alert')).toHaveText('That name and password do not belong together.');
  await expect(stranger.getByLabel('Name')).toHaveValue('Ada');
  await expect(password).toBeFocused();
});

test('a server that is away is said at the door', async ({ stranger, server }) => {
  await stranger.goto('/ui/login.html');
  await stranger.getByLabel('Name').fill('Ada');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await server.kill();
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await expect(stranger.getByRole('alert')).toContainText('cannot be reached');
});

test('nobody sees the chat or the people without signing in', async ({ stranger }) => {
  for (const page of ['chat', 'admin']) {
    await stranger.goto(`/ui/${page}.html`);
    await expect(stranger).toHaveURL(/login\.html$/);
  }
});

const LIGHT = 'rgb(251, 245, 234)';
const DARK = 'rgb(28, 23, 20)';

test('dark or light is remembered', async ({ stranger }) => {
  await stranger.emulateMedia({ colorScheme: 'light' });
  await stranger.goto('/ui/login.html');
  await stranger.getByRole('button', { name: 'Use dark colours' }).click();
  await expect(stranger.locator('html')).toHaveCSS('background-color', DARK);
  await stranger.reload();
  await expect(stranger.locator('html')).toHaveCSS('background-color', DARK);
  await stranger.getByRole('button', { name: 'Use light colours' }).click();
  await expect(stranger.locator('html')).toHaveCSS('background-color', LIGHT);
});
