import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index + 1}.`);
const on = (line: number) => new RegExp(`: Line ${line}\\.`);

async function room(invite: (name: string) => Promise<Person>, count: number): Promise<Person> {
  const ada = await (await invite('Ada')).enters();
  await ada.saysMuch(lines(count));
  await ada.sees(`Line ${count}.`);
  return ada;
}

/** Where one begins: writing, but on a phone that would raise the keyboard. */
const home = (person: Person, isMobile: boolean) =>
  isMobile ? person.page.getByRole('main') : person.composer;

test('arrows and page keys go from message to message, and what they reach is in view', async ({
  invite,
}) => {
  const ada = await room(invite, 60);
  await ada.walksUp(2);
  await ada.isOn(on(58));
  for (let line = 57; line >= 30; line -= 1) {
    await ada.page.keyboard.press('PageUp');
    await ada.isOn(on(line));
  }
  await ada.page.keyboard.press('PageDown');
  await ada.isOn(on(31));
  await ada.page.keyboard.press('ArrowUp');
  await ada.isOn(on(30));
  await ada.page.keyboard.press('End');
  await ada.isOn(on(60));
  await ada.page.keyboard.press('ArrowDown');
  await expect(ada.composer).toBeFocused();
});

test('the buttons of a message at the top of the list are wholly in view, by keyboard and by touch', async ({
  invite,
}) => {
  const ada = await room(invite, 60);
  const inView = async (text: string) => {
    const list = (await ada.list.boundingBox()) as { y: number };
    const button = ada.message(text).getByRole('button', { name: 'Edit message' });
    await expect(button).toBeVisible();
    expect((await button.boundingBox())?.y).toBeGreaterThanOrEqual(list.y);
  };
  await ada.walksUp(25);
  await ada.isOn(on(35));
  await inView('Line 35.');
  const top = await ada.list.evaluate((list) => {
    const edge = list.getBoundingClientRect().top;
    const rows = [...list.querySelectorAll<HTMLElement>('article')];
    const first = rows.find((row) => row.getBoundingClientRect().top >= edge) as HTMLElement;
    list.scrollTop += first.getBoundingClientRect().top - edge;
    return first.querySelector('p.text')?.textContent as string;
  });
  await ada.message(top).getByText(top).click();
  await inView(top);
});

test('what is typed outside of a field is written, and no letter edits a message that was only clicked', async ({
  invite,
}) => {
  const ada = await room(invite, 3);
  await ada.message('Line 2.').getByText('Line 2.').click();
  await ada.page.keyboard.type('hello');
  await expect(ada.composer).toBeFocused();
  await expect(ada.composer).toHaveValue('hello');
  await ada.composer.fill('');
  await ada.message('Line 2.').getByText('Line 2.').click();
  await ada.page.keyboard.press('Delete');
  await expect(ada.page.getByRole('alertdialog')).toHaveCount(0);
  await ada.walksUp(1);
  await ada.page.keyboard.press('e');
  await ada.isOn('Edit your message');
});

test('a question and an edit give the focus back to what opened them', async ({ invite }) => {
  const ada = await room(invite, 60);
  await ada.walksUp(40);
  await ada.page.keyboard.press('Delete');
  await ada.isOn('Keep');
  await ada.page.keyboard.press('Enter');
  await ada.isOn(on(20));
  await ada.page.keyboard.press('e');
  await ada.isOn('Edit your message');
  await ada.page.keyboard.type(' More.');
  await ada.finishes(ada.page.getByRole('textbox', { name: 'Edit your message' }));
  await ada.isOn(/Line 20\. More\. \(edited\)$/);
  await ada.page.keyboard.press('End');
  await ada.page.keyboard.press('e');
  await ada.isOn('Edit your message');
  await ada.page.keyboard.press('Escape');
  await ada.isOn(on(60));
  await ada.message('Line 60.').getByRole('button', { name: 'Edit message' }).click();
  await ada.isOn('Edit your message');
  await ada.page.keyboard.press('Escape');
  await ada.isOn(on(60));
  await ada.composer.focus();
  await ada.page.keyboard.press('ArrowUp');
  await ada.isOn('Edit your message');
  await ada.page.keyboard.press('Escape');
  await expect(ada.composer).toBeFocused();
});

test('who deletes by keyboard far above stays there, on the neighbour of what is gone', async ({
  invite,
}) => {
  const ada = await room(invite, 60);
  await ada.walksUp(40);
  for (const next of [21, 22, 23]) {
    await ada.page.keyboard.press('Delete');
    await ada.isOn('Keep');
    await ada.page.keyboard.press('Tab');
    await ada.page.keyboard.press('Enter');
    await ada.isOn(on(next));
  }
  await ada.page.keyboard.press('ArrowUp');
  await ada.isOn(on(19));
});

test('what is deleted elsewhere leaves the focus to its neighbour, and the last of all to the writing', async ({
  invite,
  isMobile,
}) => {
  const ada = await room(invite, 3);
  const other = await (await ada.opensTab()).enters();
  await ada.walksUp();
  await ada.isOn(on(3));
  await other.deletes('Line 3.');
  await ada.isOn(on(2));
  await ada.page.keyboard.press('e');
  await ada.isOn('Edit your message');
  await other.deletes('Line 2.');
  await ada.isOn(on(1));
  await ada.page.keyboard.press('Delete');
  await ada.isOn('Keep');
  await other.deletes('Line 1.');
  await expect(home(ada, isMobile)).toBeFocused();
});

test('a message that is let go leaves the focus to its neighbour', async ({ invite }) => {
  const ada = await invite('Ada');
  await ada.page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const { type, text, ref } = JSON.parse(String(frame));
      if (type !== 'send' || text !== 'Refused.') return server.send(frame);
      socket.send(JSON.stringify({ type: 'error', code: 'storage_full', message: 'No.', ref }));
    });
  });
  await ada.enters();
  await ada.says('Kept.');
  await ada.marked('Kept.', 'Sent');
  await ada.says('Refused.');
  await ada.message('Refused.').getByRole('button', { name: 'Discard' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.isOn(/Kept\.$/);
});

test('the way to the newest message takes the focus along', async ({ invite }) => {
  const ada = await room(invite, 60);
  await ada.walksUp(40);
  const jump = ada.page.getByRole('button', { name: 'Jump to newest' });
  await jump.focus();
  await ada.page.keyboard.press('Enter');
  await ada.isOn(on(60));
});

test('where messages are missing, keys wait for them and go on; and asking again keeps the focus in the list', async ({
  invite,
}) => {
  await room(invite, 180);
  const grace = await invite('Grace');
  const failing = () => grace.page.route(/messages\?/, (route) => route.abort());
  await failing();
  await grace.enters();
  await grace.sees('Line 180.');
  await grace.scrollsTo(0);
  const again = grace.page.getByRole('button', { name: 'Try again' });
  await again.focus();
  await grace.page.keyboard.press('Enter');
  await grace.isOn(/: Line \d+\./);

  await grace.message('Line 131.').focus();
  await grace.page.keyboard.press('Home');
  await expect(grace.page.getByText('The oldest messages did not come.')).toBeVisible();
  await grace.isOn(on(131));
  await grace.page.keyboard.press('ArrowUp');
  await expect(grace.page.getByText('Older messages did not come.')).toBeVisible();
  await grace.isOn(on(131));
  await grace.page.unrouteAll();
  await grace.page.keyboard.press('ArrowUp');
  await grace.isOn(on(130));

  await failing();
  await grace.page.keyboard.press('Home');
  await again.focus();
  await grace.page.unrouteAll();
  await grace.page.keyboard.press('Enter');
  await grace.isOn(on(1));
  await grace.page.keyboard.press('ArrowDown');
  await grace.isOn(on(2));
  await grace.page.keyboard.press('Control+End');
  await grace.isOn(on(180));
});

test('in a wider or narrower window the focus is on the same control, or on what leads to it', async ({
  invite,
}) => {
  const ada = await room(invite, 3);
  const widens = () => ada.page.setViewportSize({ width: 1200, height: 700 });
  const narrows = () => ada.page.setViewportSize({ width: 600, height: 700 });
  const opens = async () => {
    await narrows();
    await ada.isOn(/here now/);
    await ada.page.keyboard.press('Enter');
    await ada.isOn('Close');
  };
  await widens();
  for (const control of ['Log out', 'Use dark colours', 'Everyone registered']) {
    await ada.page.getByRole(/Every/.test(control) ? 'link' : 'button', { name: control }).focus();
    await opens();
    await ada.page.getByRole(/Every/.test(control) ? 'link' : 'button', { name: control }).focus();
    await widens();
    await ada.isOn(control);
  }
  await opens();
  await widens();
  await ada.isOn('People and settings');
  await ada.page.keyboard.press('Tab');
  await ada.isOn('Direct');
  // A question is not answered by that.
  await ada.page.context().setOffline(true);
  await ada.says('Not sent yet.');
  await ada.page.getByRole('button', { name: 'Log out' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.isOn('Stay');
  await opens();
  await ada.page.getByRole('button', { name: 'Log out' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.isOn('Stay');
  await widens();
  await ada.isOn('Log out');
});

test('what is open in the list is wholly in view, and stays where it is while others write', async ({
  invite,
}) => {
  const ada = await room(invite, 40);
  for (const steps of [0, 20]) {
    await ada.walksUp(steps);
    await ada.isOn(/: Line/);
    const name = (await ada.page.locator(':focus').getAttribute('aria-label')) as string;
    await ada.page.keyboard.press('e');
    await ada.isOn('Edit your message');
    const save = ada.page.getByRole('button', { name: 'Save' });
    await expect(save).toBeInViewport({ ratio: 0.99 });
    const field = ada.page.getByRole('textbox', { name: 'Edit your message' });
    const list = (await ada.list.boundingBox()) as { y: number; height: number };
    const top = (await field.boundingBox())?.y as number;
    expect(top).toBeGreaterThan(list.y);
    expect(((await save.boundingBox())?.y as number) + 30).toBeLessThan(list.y + list.height);
    await ada.saysMuch(lines(30).map((line) => `${line} Meanwhile.`));
    await expect(ada.page.getByRole('button', { name: /newest|new messages/ })).toBeVisible();
    expect((await field.boundingBox())?.y).toBe(top);
    await ada.page.keyboard.press('Escape');
    await ada.isOn(name);
  }
});
