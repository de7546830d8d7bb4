/** What can stand beside a room, or on a phone in its place; each has a component (components/views/views.ts). */
export const VIEWS = [
  'new',
  'find',
  'message',
  'members',
  'settings',
  'me',
  'person',
  'people',
  'invite',
] as const;

export type ViewName = (typeof VIEWS)[number];

/** Those that say something of the room on screen, and nothing without one. */
export const isOfRoom = (view: ViewName) => view === 'members' || view === 'settings';

/** Those that say nothing to whoever has no rooms but those that they were let into. */
export const isForRoaming = (view: ViewName) => ['new', 'find', 'message', 'invite'].includes(view);

export function isView(name: string | null): name is ViewName {
  return (VIEWS as readonly (string | null)[]).includes(name);
}
