import { type Browser, type BrowserContextOptions, expect, type Page, test as base } from '@playwright/test';
import { Link } from './link.ts';
import { Person, watch } from './person.ts';
import { Portal } from './portal.ts';
import { Server } from './server.ts';

interface Scene {
  server: Server;
  /** Registers somebody new, with a browser of their own. */
  invite: (name: string) => Promise<Person>;
  /** A way to the server that can be cut. */
  link: Link;
  /** Registers somebody whose browser is at the other end of that way. */
  inviteOverLink: (name: string) => Promise<Person>;
  /** A way to the server through a network that may answer in its place. */
  portal: Portal;
  /** Registers somebody whose browser is at the other end of that one. */
  inviteThroughPortal: (name: string) => Promise<Person>;
  /** Somebody's second browser. */
  again: (person: Person) => Promise<Person>;
  /** A browser in which nobody is signed in. */
  stranger: Page;
}

interface House {
  server: Server;
  browser: Browser;
  contextOptions: BrowserContextOptions;
  alarms: string[];
}

/** Lets in whom a scene invites, by this address, and sees them out when it is over. */
async function invites(
  baseURL: string,
  { server, browser, contextOptions, alarms }: House,
  use: (invite: Scene['invite']) => Promise<void>,
): Promise<void> {
  const people: Person[] = [];
  await use(async (name) => {
    const context = await browser.newContext({ ...contextOptions, baseURL });
    const person = await Person.register(server, context, name);
    people.push(person);
    return person;
  });
  alarms.push(...people.flatMap((person) => person.alarms));
  for (const person of people) await person.page.context().close();
}

/** Every scene has a server, data and people of its own, and fails if a page did what it must not. */
export const test = base.extend<Scene & { alarms: string[] }>({
  alarms: async ({}, use) => {
    const alarms: string[] = [];
    await use(alarms);
    expect(alarms).toEqual([]);
  },
  server: async ({}, use) => {
    const server = await Server.open();
    await use(server);
    await server.close();
  },
  link: async ({ server }, use) => {
    const link = await Link.open(server);
    await use(link);
    link.close();
  },
  inviteOverLink: async ({ server, link, browser, contextOptions, alarms }, use) =>
    invites(link.address, { server, browser, contextOptions, alarms }, use),
  portal: async ({ server }, use) => {
    const portal = await Portal.open(server);
    await use(portal);
    portal.close();
  },
  inviteThroughPortal: async ({ server, portal, browser, contextOptions, alarms }, use) =>
    invites(portal.address, { server, browser, contextOptions, alarms }, use),
  invite: async ({ server, browser, contextOptions, alarms }, use) =>
    invites(server.address, { server, browser, contextOptions, alarms }, use),
  again: async ({ server, browser, contextOptions, alarms }, use) => {
    const people: Person[] = [];
    await use(async ({ name }) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: server.address });
      const person = await Person.signIn(server, context, name);
      people.push(person);
      return person;
    });
    alarms.push(...people.flatMap((person) => person.alarms));
    for (const person of people) await person.page.context().close();
  },
  stranger: async ({ server, browser, contextOptions, alarms }, use) => {
    const context = await browser.newContext({ ...contextOptions, baseURL: server.address });
    const page = await context.newPage();
    watch(page, alarms);
    await use(page);
    await context.close();
  },
});

export { expect };
