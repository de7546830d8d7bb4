import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `Line ${index + 1}.${' More of it.'.repeat((index * 7) % 23)}`);

interface Place {
  key: string;
  top: number;
}

/** The first message that is wholly in view, and where it is, once the list has measured what it shows and stands still. */
function place(person: Person): Promise<Place> {
  return person.list.evaluate(async (list) => {
    const first = () => {
      const edge = list.getBoundingClientRect().top;
      const rows = [...list.querySelectorAll<HTMLElement>('article')];
      const row = rows.find((each) => each.getBoundingClientRect().top >= edge) as HTMLElement;
      return { key: row.dataset.key as string, top: row.getBoundingClientRect().top };
    };
    let [found, frames] = [first(), 0];
    while (frames < 10) {
      await new Promise(requestAnimationFrame);
      const next = first();
      frames = next.key === found.key && next.top === found.top ? frames + 1 : 0;
      found = next;
    }
    return found;
  });
}

function topOf(person: Person, key: string): Promise<number | null> {
  return person.list.evaluate((list, wanted) => {
    const row = [...list.querySelectorAll<HTMLElement>('article')].find(
      (each) => each.dataset.key === wanted,
    );
    return row ? row.getBoundingClientRect().top : null;
  }, key);
}

const height = (person: Person) => person.list.evaluate((list) => list.scrollHeight);

async function room(invite: (name: string) => Promise<Person>, count: number): Promise<[Person, Person]> {
  const ada = await (await invite('Ada')).enters();
  await ada.saysMuch(lines(count));
  await ada.sees(`Line ${count}.`);
  const grace = await (await invite('Grace')).enters();
  await expect(grace.message(`Line ${count}.`)).toBeInViewport();
  // Whoever leaves before they have read is offered their unread messages, not the way back alone.
  await expect(grace.page).toHaveTitle('Lobby · ChatterBox');
  return [ada, grace];
}

test('a long conversation opens at its newest message', async ({ invite }) => {
  const [, grace] = await room(invite, 120);
  expect(await grace.list.getByRole('article').count()).toBeLessThan(60);
});

test('older messages come as Grace scrolls up, and what she reads stays where it is', async ({ invite }) => {
  const [, grace] = await room(invite, 180);
  const waiting: (() => void)[] = [];
  await grace.page.route(/messages\?before=/, async (route) => {
    await new Promise<void>((letThrough) => waiting.push(letThrough));
    await route.continue();
  });
  for (let page = 1; page <= 2; page += 1) {
    await grace.scrollsTo(300);
    await expect.poll(() => waiting.length).toBe(page);
    await expect(grace.page.getByText('Loading older messages…')).toBeVisible();
    const before = await height(grace);
    const mark = await place(grace);
    waiting.at(-1)?.();
    await expect.poll(() => height(grace)).toBeGreaterThan(before + 1000);
    await expect
      .poll(async () => Math.abs(((await topOf(grace, mark.key)) ?? 9999) - mark.top))
      .toBeLessThan(2);
  }
});

test('Grace reaches the beginning of the room', async ({ invite }) => {
  const [, grace] = await room(invite, 230);
  await expect(async () => {
    await grace.scrollsTo(0);
    await expect(grace.page.getByText('This is where Lobby begins.')).toBeInViewport({ timeout: 500 });
  }).toPass();
  await expect(grace.message(/Line 1\./)).toBeInViewport();
});

test('new messages do not move Grace while she reads above, and one press brings her down', async ({
  invite,
}) => {
  const [ada, grace] = await room(invite, 60);
  await grace.turnsTheWheel(-900);
  await expect(grace.page.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const mark = await place(grace);
  await ada.says('News one.');
  await ada.says('News two.');
  await ada.says('News three.');
  const jump = grace.page.getByRole('button', { name: '3 new messages' });
  await expect(jump).toBeVisible();
  expect(Math.abs(((await topOf(grace, mark.key)) ?? 9999) - mark.top)).toBeLessThan(2);
  await expect(grace.page).toHaveTitle(/^\(3\)/);
  await jump.click();
  await expect(grace.message('News three.')).toBeInViewport();
  await expect(grace.page).toHaveTitle('Lobby · ChatterBox');
  await ada.says('News four.');
  await expect(grace.message('News four.')).toBeInViewport();
});

test('at the newest message, the newest stays in view whatever comes', async ({ invite }) => {
  const [ada, grace] = await room(invite, 60);
  await ada.saysMuch(lines(40).map((line) => `Flood: ${line}`));
  await expect(grace.message(/Flood: Line 40\./)).toBeInViewport();
  await grace.page.setViewportSize({ width: 700, height: 420 });
  await expect(grace.message(/Flood: Line 40\./)).toBeInViewport();
  await expect(grace.page.getByRole('button', { name: 'Jump to newest' })).toHaveCount(0);
});

test('Ada’s own message brings her down to where it is', async ({ invite }) => {
  const [ada] = await room(invite, 60);
  await ada.turnsTheWheel(-900);
  await ada.says('Here I am.');
  await expect(ada.message('Here I am.')).toBeInViewport();
});

test('older messages that do not come are said so and come when asked again', async ({ invite }) => {
  const [, grace] = await room(invite, 120);
  await grace.page.route(/messages\?before=/, (route) => route.abort());
  await grace.scrollsTo(0);
  await expect(grace.page.getByText('Older messages did not come.')).toBeVisible();
  await grace.page.unrouteAll();
  const before = await height(grace);
  await grace.page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => height(grace)).toBeGreaterThan(before);
});

test('Home leads to the first of two thousand messages at once, and what follows comes as it is read', async ({
  invite,
}) => {
  const ada = await invite('Ada');
  await ada.page.goto('/robots.txt');
  await ada.saysMuch(lines(2_000));
  const grace = await (await invite('Grace')).enters();
  const isOn = (line: number) => grace.isOn(new RegExp(`: Line ${line}\\.`));
  const waiting = new Map<string, () => void>();
  await grace.page.route(/messages\?/, async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    if (asked.has('after')) await new Promise<void>((answer) => waiting.set(`${asked.get('after')}`, answer));
    await route.continue();
  });
  const answer = async (after: string) => {
    await expect.poll(() => waiting.has(after)).toBe(true);
    waiting.get(after)?.();
  };
  await grace.walksUp(1);
  await grace.page.keyboard.press('Home');
  await expect(grace.page.getByText('Loading the oldest messages…')).toBeVisible();
  await isOn(1_999);
  await answer('0');
  await isOn(1);
  await expect(grace.page.getByText('This is where Lobby begins.')).toBeInViewport();
  await grace.page.keyboard.press('PageDown');
  await isOn(2);

  await grace.turnsTheWheel(3_000);
  await expect(grace.page.getByText('Loading newer messages…')).toBeVisible();
  const [before, mark] = [await height(grace), await place(grace)];
  await answer('50');
  await expect.poll(() => height(grace)).toBeGreaterThan(before + 1000);
  expect(await place(grace)).toEqual(mark);
  await ada.saysMuch(['Meanwhile.']);
  await expect(grace.page.getByRole('button', { name: '1 new message' })).toBeVisible();
  expect(await place(grace)).toEqual(mark);

  await grace.page.keyboard.press('Home');
  await isOn(1);
  await grace.page.keyboard.press('End');
  await grace.isOn(/Meanwhile/);
  await grace.page.keyboard.press('ArrowUp');
  await isOn(2_000);
  expect([...waiting.keys()]).toEqual(['0', '50']);
});
