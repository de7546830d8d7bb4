/** What can stand beside a room, or on a phone in its place; each has a component (components/views/views.ts). */
export const VIEWS = ['new', 'find', 'message', 'members', 'settings', 'me', 'person', 'people'] as const;

export type ViewName = (typeof VIEWS)[number];

export function isView(name: string | null): name is ViewName {
  return (VIEWS as readonly (string | null)[]).includes(name);
}
