import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

const DAY_MS = 86_400_000;

/** What the page shows of days and times. */
async function shown({ list }: Person): Promise<unknown> {
  const headings = list.getByRole('heading');
  return {
    days: await headings.allTextContents(),
    dates: await headings
      .locator('time')
      .evaluateAll((days) => days.map((day) => day.getAttribute('datetime'))),
    times: await list.locator('article time').allTextContents(),
  };
}

test('a page that slept over night knows the day soon after, though nothing told it', async ({ invite }) => {
  const ada = await invite('Ada');
  const now = Date.now();
  await ada.page.clock.install({ time: now });
  await ada.enters();
  await ada.says('Before sleep.');
  const day = ada.list.getByRole('heading');
  await expect(day).toHaveText('Today');
  await ada.page.clock.setSystemTime(now + DAY_MS);
  await ada.page.clock.runFor(15_000);
  await expect(day).toHaveText('Yesterday');
  await expect(ada.message('Before sleep.')).toHaveAccessibleName(/Yesterday/);
});

test.describe('away from home', () => {
  // A zone that the whole browser is given stays; one that a page is given can change.
  test.use({ timezoneId: '' });

  test('in another time zone, days and times are as after a reload', async ({ invite }) => {
    const ada = await invite('Ada');
    const browser = await ada.page.context().newCDPSession(ada.page);
    const flies = (timezoneId: string) => browser.send('Emulation.setTimezoneOverride', { timezoneId });
    const here = (timeZone: string) => new Date().toLocaleDateString('en-CA', { timeZone });
    await flies('Pacific/Kiritimati');
    await ada.enters();
    await ada.says('Before the flight.');
    await ada.marked('Before the flight.', 'Sent');
    expect(await shown(ada)).toMatchObject({ days: ['Today'], dates: [here('Pacific/Kiritimati')] });
    await flies('Pacific/Pago_Pago');
    await ada.page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await ada.says('After the flight.');
    await ada.marked('After the flight.', 'Sent');
    const after = await shown(ada);
    expect(after).toMatchObject({ days: ['Today'], dates: [here('Pacific/Pago_Pago')] });
    await ada.page.reload();
    await ada.sees('After the flight.');
    expect(await shown(ada)).toEqual(after);
  });
});
