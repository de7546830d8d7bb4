import { expect, type Locator } from '@playwright/test';
import type { Person } from './person.ts';
import type { Server } from './server.ts';

/** What somebody does about rooms beside their page, as by another program. */
export async function asks<Answer = unknown>(
  server: Server,
  { session }: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json', 'Chatterbox-Token': session.token };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(server.address + path, { method, headers, ...sent });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer;
}

export async function makesRoom(server: Server, person: Person, room: object): Promise<number> {
  return (await asks<{ id: number }>(server, person, 'POST', '/api/rooms', room)).id;
}

export async function idOf(server: Server, person: Person): Promise<number> {
  return (await asks<{ id: number }>(server, person, 'GET', '/api/me')).id;
}

/** A room in the list beside the chat. */
export function row({ page }: Person, name: string): Locator {
  return page.locator('a[data-room]').filter({ hasText: name });
}

export function field({ page }: Person, room: string): Locator {
  return page.getByRole('textbox', { name: `Message ${room}` });
}

/** Goes to a room by the list. */
export async function opens(person: Person, name: string): Promise<void> {
  await row(person, name).click();
  await isIn(person, name);
}

export async function isIn(person: Person, name: string): Promise<void> {
  await expect(person.page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** Says something in the room that is on screen. */
export async function saysIn(person: Person, room: string, text: string): Promise<void> {
  await field(person, room).fill(text);
  await person.finishes(field(person, room));
  await expect(field(person, room)).toHaveValue('');
}
