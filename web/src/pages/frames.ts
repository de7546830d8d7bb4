import type { Component } from 'svelte';
import { render } from 'svelte/server';
import ChatFrame from '../components/frames/ChatFrame.svelte';
import DeskFrame from '../components/frames/DeskFrame.svelte';
import DoorFrame from '../components/frames/DoorFrame.svelte';

const html = (frame: Component<Record<string, never>>) => render(frame).body.replaceAll(/<!--.*?-->/g, '');

/** What each page shows before its script runs, as HTML. */
export const frames: Record<string, string> = {
  login: html(DoorFrame),
  register: html(DoorFrame),
  join: html(DoorFrame),
  chat: html(ChatFrame),
  admin: html(DeskFrame),
};
