import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import type { ListedRow } from '../../lib/rooms/listing';
import NewDirect from './NewDirect.svelte';
import RoomList from './RoomList.svelte';

const row = (id: number, name: string, more: Partial<ListedRow> = {}): ListedRow => {
  const plain = { kind: 'open', section: 'rooms', icon: '', topic: '', archived: false } as const;
  return {
    ...plain,
    people: [],
    faces: [],
    member: true,
    moderator: false,
    id,
    name,
    unread: false,
    ...more,
  };
};
const rows = [
  row(9, 'Grace', { kind: 'direct', section: 'direct', people: [1, 2], faces: [{ id: 2, name: 'Grace' }] }),
  row(1, 'Lobby'),
  ...Array.from({ length: 8 }, (_, index) => row(index + 20, `Room ${index}`)),
];

let drawn: object | null = null;
afterEach(() => {
  if (drawn) void unmount(drawn);
  drawn = null;
  document.body.replaceChildren();
});

function list() {
  const onopen = vi.fn();
  const props = { rows, order: { pinned: [] }, current: 1, address: (id: number) => `/room/${id}`, onopen };
  drawn = mount(RoomList, { target: document.body, props: { ...props, onorder: vi.fn() } });
  flushSync();
  return onopen;
}

const press = (key: string) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  document.activeElement?.dispatchEvent(event);
  flushSync();
};
const at = () => document.activeElement?.textContent.trim();
const reachable = () =>
  [...document.querySelectorAll('a[tabindex="0"]')].map((each) => each.textContent.trim());
const links = () => [...document.querySelectorAll('a')].map((each) => each.textContent.trim());

function type(text: string) {
  const field = document.querySelector('input') as HTMLInputElement;
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

test('the keyboard comes to the room on screen, and walks from room to room', () => {
  list();
  expect(reachable()).toEqual(['Lobby']);
  document.querySelector<HTMLElement>('[data-room="1"]')?.focus();
  press('ArrowDown');
  expect([at(), reachable()]).toEqual(['Room 0', ['Room 0']]);
  press('End');
  press('ArrowDown');
  expect(at()).toBe('Room 7');
  press('Home');
  expect(at()).toContain('Grace');
  press('ArrowUp');
  expect(document.activeElement?.tagName).toBe('INPUT');
});

test('who filters opens the first by Enter, and has all again by Escape', () => {
  const onopen = list();
  type('room 7');
  expect(links()).toEqual(['Room 7']);
  press('Escape');
  expect(links().length).toBe(rows.length);
  type('room 7');
  press('Enter');
  expect(onopen.mock.calls).toEqual([[27]]);
});

test('a room that is wanted in another tab is left to the browser', () => {
  const onopen = list();
  const link = document.querySelector<HTMLAnchorElement>('[data-room="20"]') as HTMLAnchorElement;
  expect(link.getAttribute('href')).toBe('/room/20');
  // Nothing else is to come of it here.
  document.body.addEventListener('click', (event) => event.preventDefault(), { once: true });
  link.dispatchEvent(new MouseEvent('click', { ctrlKey: true, bubbles: true, cancelable: true }));
  expect(onopen).not.toHaveBeenCalled();
  link.click();
  expect(onopen.mock.calls).toEqual([[20]]);
});

test('Escape closes a sheet, and what one chose goes with it', async () => {
  const onclose = vi.fn();
  const direct = vi.fn(() => Promise.resolve(5));
  const onopened = vi.fn();
  const people = [
    { id: 2, name: 'Grace' },
    { id: 3, name: 'Linus' },
  ];
  const sheet = mount(NewDirect, { target: document.body, props: { people, direct, onopened, onclose } });
  flushSync();
  expect(document.activeElement?.getAttribute('role')).toBe('combobox');
  type('lin');
  press('Enter');
  document.querySelector('form')?.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await vi.waitFor(() => expect(onopened.mock.calls).toEqual([[5]]));
  expect(direct.mock.calls).toEqual([[[3]]]);
  press('Escape');
  expect(onclose.mock.calls.length).toBe(1);
  await unmount(sheet);
});
