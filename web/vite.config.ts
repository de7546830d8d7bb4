import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compress } from './build/compress.ts';
import { whole } from './build/whole.ts';

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url));
// The address that the browser sees stays in `Host`, so that the server takes the pages for its own.
const server = { target: 'http://127.0.0.1:8000', changeOrigin: false };

/** What is released. */
const pages = {
  login: page('login'),
  register: page('register'),
  join: page('join'),
  device: page('device'),
  chat: page('chat'),
  admin: page('admin'),
};

/** In the mode `gallery`, the page for those who work on the others is built, and nothing else. */
export default defineConfig(({ command, mode }) => ({
  // A built page names what it needs by its place beside it, so that a proxy may keep any path for this server.
  base: command === 'build' ? './' : '/ui/',
  plugins: mode === 'gallery' ? [svelte()] : [svelte(), whole(), compress()],
  build: {
    outDir: mode === 'gallery' ? 'dist-gallery' : 'dist',
    target: 'es2022',
    emptyOutDir: true,
    // The pages' policy allows no inline script, which the polyfill would be, and no data: addresses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: mode === 'gallery' ? { gallery: page('gallery') } : pages,
    },
  },
  server: {
    proxy: {
      '/ws': { ...server, ws: true },
      '/login': server,
      '/register': server,
      '/join': server,
      '/logout': server,
      '/users': server,
      '/api': server,
    },
  },
}));
