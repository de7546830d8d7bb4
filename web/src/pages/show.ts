import { mount, type Component } from 'svelte';
import '../styles/base.css';
import { farewells } from '../lib/session/farewells.svelte';

/** Puts the page into the place of its frame, which the HTML has shown until here. */
export function show(View: Component<Record<string, never>>): void {
  farewells.start();
  const target = document.getElementById('app');
  target?.replaceChildren();
  if (target) mount(View, { target });
}
