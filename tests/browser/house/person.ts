import { type APIResponse, type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import type { Server } from './server.ts';

export const PASSWORD = 'quite a few good words';

interface Session {
  username: string;
  token: string;
}

/** Somebody with an account and a browser of their own. */
export class Person {
  readonly name: string;
  readonly page: Page;
  readonly session: Session;
  /** Dialogs, errors and breaches of the pages' policy. There must never be one. */
  readonly alarms: string[];

  constructor(name: string, page: Page, session: Session, alarms: string[] = []) {
    this.name = name;
    this.page = page;
    this.session = session;
    this.alarms = alarms;
    watch(page, this.alarms);
  }

  static async register(server: Server, context: BrowserContext, name: string): Promise<Person> {
    const email = `${[...name].map((char) => char.codePointAt(0)?.toString(36)).join('')}@example.org`;
    const data = { username: name, email, password: PASSWORD };
    await answered(await context.request.post(`${server.address}/register`, { data }));
    return Person.signIn(server, context, name);
  }

  /** Without the login page, which has scenes of its own. */
  static async signIn(server: Server, context: BrowserContext, name: string): Promise<Person> {
    // By the browser's own way, so that it has the cookies of the session, too.
    const data = { username: name, password: PASSWORD };
    const session = await answered<Session>(await context.request.post(`${server.address}/login`, { data }));
    const page = await context.newPage();
    await page.addInitScript(({ username, token }) => {
      // Once for this tab: what the pages take away afterwards stays away.
      if (window.name === 'arrived') return;
      window.name = 'arrived';
      localStorage.setItem('username', username);
      localStorage.setItem('token', token);
    }, session);
    return new Person(name, page, session);
  }

  /** The same person, in another tab of the same browser. */
  async opensTab(): Promise<Person> {
    return new Person(this.name, await this.page.context().newPage(), this.session, this.alarms);
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message Lobby' });
  }

  get list(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  /** Through the login page, on which they stand. */
  async signsIn(name = this.name): Promise<void> {
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(this.composer).toBeVisible();
  }

  /** What a screen reader is given to say by itself. */
  get voice(): Locator {
    return this.page.locator('[aria-live=polite][aria-relevant=additions]');
  }

  message(text: string | RegExp): Locator {
    return this.list.getByRole('article').filter({ hasText: text });
  }

  async enters(): Promise<this> {
    await this.page.goto('/ui/chat.html');
    await expect(
      this.page
        .getByText(/It is quiet in|This is where/)
        .or(this.list)
        .first(),
    ).toBeVisible();
    return this;
  }

  async says(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.finishes(this.composer);
    await expect(this.composer).toHaveValue('');
  }

  /** Says that what is typed into a field is done: by Enter, and by thumb with the button beside it. */
  async finishes(field: Locator): Promise<void> {
    const byThumb = await this.page.evaluate(() => matchMedia('(pointer: coarse)').matches);
    if (!byThumb) return field.press('Enter');
    const button = field.locator('xpath=ancestor::form//button[@type="submit"]');
    if (await button.isEnabled()) await button.click();
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.message(text)).toHaveCount(1);
    await expect(this.message(text)).toBeVisible();
  }

  async missesNothingOf(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.sees(text);
  }

  async doesNotSee(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(0);
  }

  async marked(text: string, mark: 'Sending' | 'Waiting' | 'Sent' | 'Seen' | 'Not sent'): Promise<void> {
    await expect(this.message(text).getByTitle(mark, { exact: true })).toBeVisible();
  }

  async hasSentEverything(): Promise<void> {
    await expect(this.list.getByTitle(/^(Sending|Waiting)$/)).toHaveCount(0);
  }

  /** By the keyboard alone, from writing, to the message that is so many above the newest. */
  async walksUp(steps = 0): Promise<void> {
    await this.composer.focus();
    for (let tab = 0; tab < 4 && !(await this.page.locator('article:focus').count()); tab += 1)
      await this.page.keyboard.press('Shift+Tab');
    await this.page.keyboard.press('End');
    for (let step = 0; step < steps; step += 1) await this.page.keyboard.press('ArrowUp');
  }

  async isOn(text: string | RegExp): Promise<void> {
    const focused = this.page.locator(':focus');
    await expect(focused).toHaveAccessibleName(text);
    await expect(focused).toBeInViewport({ ratio: 0.99 });
  }

  /** Opens the buttons of a message as a finger or a pointer would. */
  async touches(text: string): Promise<Locator> {
    const message = this.message(text);
    await message.getByText(text).click();
    return message;
  }

  async edits(text: string, replacement: string): Promise<void> {
    const message = await this.touches(text);
    await message.getByRole('button', { name: 'Edit message' }).click();
    const field = this.page.getByRole('textbox', { name: 'Edit your message' });
    await field.fill(replacement);
    await this.finishes(field);
    await expect(field).toHaveCount(0);
  }

  async deletes(text: string): Promise<void> {
    const message = await this.touches(text);
    await message.getByRole('button', { name: 'Delete message' }).click();
    await message.getByRole('button', { name: 'Delete', exact: true }).click();
    await this.doesNotSee(text);
  }

  /** As a hand does it: the page knows that nobody else moved the list. */
  async turnsTheWheel(distance: number): Promise<void> {
    await this.list.hover();
    await this.page.mouse.wheel(0, distance);
  }

  /** Goes there at once; the list takes it for the work of a hand. */
  async scrollsTo(top: number): Promise<void> {
    await this.list.evaluate((list, to) => {
      list.dispatchEvent(new WheelEvent('wheel', { deltaY: to - list.scrollTop }));
      list.scrollTo(0, to);
    }, top);
  }

  async knowsToBeAway(): Promise<void> {
    await expect(this.page.getByText('The connection is lost. Reconnecting…')).toBeVisible();
  }

  /** The browser itself knows that it has no network, and tells the page; and so when it is back. */
  async losesNetwork(): Promise<void> {
    await this.page.context().setOffline(true);
    await expect(this.page.getByText('You are offline.')).toBeVisible();
  }

  async findsNetwork(): Promise<void> {
    await this.page.context().setOffline(false);
    await expect(this.page.getByText('You are offline.')).toHaveCount(0);
    await this.isBack();
  }

  /** Does not wait for the next attempt, as a browser that has a network again. */
  async looksForNetwork(): Promise<void> {
    await this.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await this.isBack();
  }

  async isBack(): Promise<void> {
    await expect(this.page.getByText('The connection is lost. Reconnecting…')).toHaveCount(0, {
      timeout: 40_000,
    });
  }

  /** Says many things at once over a socket of the old kind, and waits until all are stored. */
  async saysMuch(texts: readonly string[]): Promise<void> {
    const address = `/ws?token=${encodeURIComponent(this.session.token)}`;
    await this.page.evaluate(
      ([url, lines]) =>
        new Promise<void>((resolve, reject) => {
          const socket = new WebSocket(new URL(url, location.href.replace(/^http/, 'ws')));
          let stored = 0;
          socket.onopen = () =>
            lines.forEach((text, ref) => socket.send(JSON.stringify({ type: 'send', text, ref })));
          socket.onerror = () => reject(new Error('The socket failed.'));
          socket.onmessage = ({ data }) => {
            const event = JSON.parse(String(data));
            if (event.type === 'error') reject(new Error(event.message));
            if (event.type === 'ok') stored += 1;
            if (stored === lines.length) {
              socket.close();
              resolve();
            }
          };
        }),
      [address, texts] as const,
    );
  }
}

/** Collects what must not happen on a page. */
export function watch(page: Page, alarms: string[]): void {
  page.on('dialog', (dialog) => {
    alarms.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => alarms.push(`an error: ${error.message}`));
  page.on('console', (line) => {
    if (/Content.Security.Policy|Trusted ?(Types|HTML|Script)/i.test(line.text())) alarms.push(line.text());
  });
}

async function answered<Answer>(answer: APIResponse): Promise<Answer> {
  if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}
