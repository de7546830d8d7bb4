import { expect, test } from '../house/scene.ts';
import type { Person } from '../house/person.ts';

const field = (person: Person) => person.page.getByRole('textbox', { name: 'Edit your message' });

async function begins(person: Person, text: string, typed: string): Promise<void> {
  const message = await person.touches(text);
  await message.getByRole('button', { name: 'Edit message' }).click();
  await field(person).fill(typed);
}

test('an edit that is not saved is kept: by another edit, by Escape, by a reload', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  for (const text of ['First.', 'Second.']) await ada.says(text);
  await ada.marked('Second.', 'Sent');
  await begins(ada, 'First.', 'First, but better.');
  await begins(ada, 'Second.', 'Second, but better.');
  await expect(field(ada)).toHaveCount(1);
  await expect(ada.message('First.').getByText('First, but better.')).toBeVisible();
  await field(ada).press('Escape');
  await expect(field(ada)).toHaveCount(0);

  await ada.page.reload();
  for (const text of ['First', 'Second']) {
    const message = ada.message(`${text}.`);
    await expect(message.getByText('Not saved:')).toBeVisible();
    await message.getByRole('button', { name: 'Go on' }).click();
    await expect(field(ada)).toHaveValue(`${text}, but better.`);
    await ada.finishes(field(ada));
    await ada.sees(`${text}, but better.`);
  }
  await expect(ada.page.getByText('Not saved:')).toHaveCount(0);

  // Who says so lets go of it.
  await begins(ada, 'First, but', 'Worse.');
  await ada.page.getByRole('button', { name: 'Cancel' }).click();
  await begins(ada, 'Second, but', 'Worse.');
  await field(ada).press('Escape');
  await ada.message('Second, but').getByRole('button', { name: 'Discard' }).click();
  await expect(ada.page.getByText('Worse.')).toHaveCount(0);
  await ada.page.reload();
  await ada.sees('Second, but better.');
  await expect(ada.page.getByText('Worse.')).toHaveCount(0);
});

test('an edit whose message is deleted elsewhere becomes a message that is not sent', async ({
  invite,
  again,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  for (const text of ['First.', 'Second.']) await ada.says(text);
  await ada.marked('Second.', 'Seen');
  const elsewhere = await (await again(ada)).enters();
  await begins(ada, 'First.', 'An hour of work.');
  await elsewhere.deletes('First.');
  await ada.doesNotSee('First.');
  await ada.marked('An hour of work.', 'Not sent');
  await expect(ada.message('An hour of work.').getByRole('alert')).toContainText('is gone');
  await ada.page.reload();
  await ada.message('An hour of work.').getByRole('button', { name: 'Try again' }).click();
  await grace.sees('An hour of work.');
  await ada.marked('An hour of work.', 'Seen');
});
