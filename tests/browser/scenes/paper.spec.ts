import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `Line ${index + 1}.${' More of it.'.repeat((index * 7) % 23)}`);
const numbersIn = (text: string) => [...text.matchAll(/Line (\d+)\./g)].map(([, number]) => Number(number));
const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function room(invite: (name: string) => Promise<Person>, count: number): Promise<Person> {
  const ada = await (await invite('Ada')).enters();
  await ada.saysMuch(lines(count));
  await ada.sees(`Line ${count}.`);
  return ada;
}

/** Prints as the browser does when it is asked to, and says how many sheets came out, and which messages were on them. */
async function prints({ page }: Person): Promise<{ sheets: number; messages: number[] }> {
  await page.evaluate(() => {
    addEventListener(
      'beforeprint',
      () => (document.body.dataset.paper = document.querySelector('.paper')?.textContent ?? ''),
      {
        once: true,
      },
    );
  });
  const pdf = await page.pdf({ format: 'A4' });
  const messages = numbersIn((await page.evaluate(() => document.body.dataset.paper)) ?? '');
  return { sheets: pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0, messages };
}

test('what is loaded is printed, all of it and alone, black on white', async ({ invite }) => {
  const ada = await room(invite, 150);
  await ada.page.emulateMedia({ colorScheme: 'dark' });
  await ada.says('Last words.');
  await ada.marked('Last words.', 'Sent');
  await ada.composer.fill('Not yet said');
  const top = await ada.list.evaluate((list) => list.scrollTop);
  const { sheets, messages } = await prints(ada);
  expect(messages).toEqual(from(1, 150));
  expect(sheets).toBeGreaterThan(3);
  await expect(ada.page.locator('.paper')).toHaveCount(0);
  await expect(ada.composer).toBeFocused();
  await expect.poll(() => ada.list.evaluate((list) => list.scrollTop)).toBe(top);

  await ada.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await ada.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  const text = await ada.page.evaluate(() => document.body.innerText);
  expect(numbersIn(text)).toEqual(from(1, 150));
  const rest = text.replaceAll(/^Line .*$/gm, '').replaceAll(/\bAda \d\d?:\d\d/g, '');
  expect(rest.split('\n').filter((line) => line.trim() !== '')).toEqual([
    expect.stringMatching(/^\w+day,? \d+ \w+ \d{4}$/),
    'Last words.',
  ]);
  expect(text.match(/\bAda \d\d?:\d\d/g)).toHaveLength(151);
  await expect(ada.page.getByText('Last words.').last()).toHaveCSS('color', 'rgb(0, 0, 0)');
  await expect(ada.page.locator('html')).toHaveCSS('background-color', 'rgb(255, 255, 255)');
});

test('an empty room is no blank sheet', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.page.emulateMedia({ media: 'print' });
  await ada.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  expect((await ada.page.evaluate(() => document.body.innerText)).trim()).toBe(
    'Nothing has been said in Lobby yet.',
  );
});

/** Copies what is selected as a keyboard does, and says what the clipboard is given. */
async function copies({ page }: Person): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const read = (event: ClipboardEvent) => resolve(event.clipboardData?.getData('text/plain') ?? '');
        document.addEventListener('copy', read, { once: true });
        document.execCommand('copy');
      }),
  );
}

async function selects({ page }: Person, first: string, last: string): Promise<void> {
  await page.evaluate(
    ([first, last]) => {
      const nodes = [...document.querySelectorAll('[role=log] p.text')].flatMap((text) => [
        ...text.childNodes,
      ]);
      const find = (text: string) => nodes.find((node) => node.textContent?.includes(text)) as Text;
      const [start, end] = [find(first), find(last)];
      const at = start.data.indexOf(first);
      getSelection()?.setBaseAndExtent(start, at, end, end.data.indexOf(last) + last.length);
    },
    [first, last] as const,
  );
}

test('rows that are copied are name, time and text, without what is hidden', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Morning, all!');
  await ada.says('Two\nlines at https://example.org/a.');
  await grace.sees('lines at');
  await grace.says('Hello yourself.');
  await ada.sees('Hello yourself.');
  const time = '\\d\\d?:\\d\\d';
  const two = `Ada, ${time}\nTwo\nlines at https://example\\.org/a\\.`;
  await selects(ada, 'all!', 'Hello');
  expect(await copies(ada)).toMatch(new RegExp(`^Ada, ${time}\nall!\n\n${two}\n\nGrace, ${time}\nHello\n$`));
  await ada.page.evaluate(() => getSelection()?.selectAllChildren(document.body));
  expect(await copies(ada)).toMatch(
    new RegExp(`^Ada, ${time}\nMorning, all!\n\n${two}\n\nGrace, ${time}\nHello yourself\\.\n$`),
  );
  await ada.message('Morning').getByText('Morning').click({ clickCount: 3 });
  expect(await copies(ada)).toBe('Morning, all!');
});

test('a selection that reaches over more than is drawn is copied whole', async ({ invite }) => {
  const ada = await room(invite, 120);
  await selects(ada, 'Line 119.', 'Line 119.');
  await ada.scrollsTo(200);
  const line = ada.message(/Line [1-9]\d\./).first();
  await expect(line).toBeVisible();
  await line.locator('.text').evaluate((text) => {
    const { anchorNode } = getSelection() as Selection;
    getSelection()?.setBaseAndExtent(anchorNode as Node, 9, text.firstChild as Node, 0);
  });
  expect(await ada.list.getByRole('article').count()).toBeLessThan(60);
  const numbers = numbersIn(await copies(ada));
  expect(numbers[0]).toBeLessThan(100);
  expect(numbers).toEqual(from(numbers[0] as number, 119));
});
