import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

/** The names of the messages as the browser tells them to a screen reader. */
async function namesInTree({ page }: Person): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter((node) => !node.ignored && node.role?.value === 'article')
    .map((node) => String(node.name?.value));
}

interface Listening extends Window {
  heard: string[];
}

/** Everything that is ever put into the live region, in order. */
async function listen(person: Person): Promise<() => Promise<string[]>> {
  await person.voice.evaluate((voice) => {
    const listening = window as unknown as Listening;
    listening.heard = [];
    new MutationObserver((records) => {
      for (const { addedNodes } of records)
        for (const node of addedNodes)
          if (node instanceof Element) listening.heard.push(node.textContent ?? '');
    }).observe(voice, { childList: true });
  });
  return () => person.page.evaluate(() => (window as unknown as Listening).heard);
}

test('a message is called by its author, its time, its text, and that it was edited', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('A bug in relay 70.');
  await ada.sees('A bug in relay 70.');
  await ada.says('Show me.');
  await ada.marked('Show me.', 'Seen');
  expect(await namesInTree(ada)).toEqual([
    expect.stringMatching(/^Grace, \d+:\d\d: A bug in relay 70\.$/),
    expect.stringMatching(/^Ada, \d+:\d\d: Show me\.$/),
  ]);
  await grace.edits('A bug in relay 70.', 'A moth in relay 70.');
  await ada.sees('A moth in relay 70.');
  expect((await namesInTree(ada))[0]).toMatch(/^Grace, \d+:\d\d: A moth in relay 70\. \(edited\)$/);
});

test('a message of another day is called by its day, too', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Good night.');
  await ada.marked('Good night.', 'Sent');
  await ada.page.clock.setFixedTime(Date.now() + 86_400_000);
  await ada.page.reload();
  await ada.sees('Good night.');
  expect(await namesInTree(ada)).toEqual([expect.stringMatching(/^Ada, Yesterday, \d+:\d\d: Good night\.$/)]);
});

test('each new message of others is told once, also the same text twice', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const heard = await listen(grace);
  await ada.says('Good morning.');
  await ada.says('Good morning.');
  await expect.poll(heard).toEqual(['Ada: Good morning.', 'Ada: Good morning.']);
  await expect(grace.list).toHaveAttribute('aria-live', 'off');
});

test('many messages at once are told as their number', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const heard = await listen(grace);
  await ada.saysMuch(Array.from({ length: 30 }, (_, index) => `Line ${index + 1}.`));
  // Two moments, should the machine be that slow.
  const counted = async () => {
    const counts = (await heard()).map((each) => Number(/^(\d+) new messages$/.exec(each)?.[1]));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await expect.poll(counted).toBe(30);
});

test('edits and deletions are told to others, and what one did oneself is confirmed', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const [adas, graces] = [await listen(ada), await listen(grace)];
  await grace.says('A bug.');
  await ada.sees('A bug.');
  await grace.edits('A bug.', 'A moth.');
  await expect.poll(adas).toContain('Grace edited: A moth.');
  await expect.poll(graces).toEqual(['Sent.', 'You edited: A moth.']);
  await grace.says('In the relay.');
  await expect.poll(graces).toEqual(['Sent.', 'You edited: A moth.', 'Sent.']);
  await grace.deletes('A moth.');
  await expect.poll(graces).toEqual(['Sent.', 'You edited: A moth.', 'Sent.', 'Your message was deleted.']);
  await expect.poll(adas).toContain('A message from Grace was deleted.');
});

test('what came while the connection was away is told when it is back', async ({
  link,
  invite,
  inviteOverLink,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await inviteOverLink('Grace')).enters();
  const heard = await listen(grace);
  await ada.says('Before.');
  await expect.poll(heard).toEqual(['Ada: Before.']);
  link.cut();
  await grace.losesNetwork();
  await ada.says('Meanwhile.');
  await grace.says('In the dark.');
  link.mend();
  await grace.findsNetwork();
  await expect.poll(async () => (await heard()).sort()).toEqual(['Ada: Before.', 'Ada: Meanwhile.', 'Sent.']);
});
