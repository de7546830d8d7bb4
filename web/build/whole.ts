import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, type Plugin, type Rolldown } from 'vite';

const path = (name: string) => fileURLToPath(new URL(`../src/${name}`, import.meta.url));

/** Renders the frames of the pages, by the components that fill them later. */
async function frames(): Promise<Record<string, string>> {
  const built = (await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [svelte()],
    build: { ssr: path('pages/frames.ts'), write: false },
    ssr: { noExternal: true },
  })) as Rolldown.RolldownOutput;
  const [{ code }] = built.output;
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return module.frames;
}

const STYLE = /\s*<link rel="stylesheet"[^>]*href="\.\/([^"]+)">/g;

/** The page of an invitation stands one floor above what it is made of, at `/join/CODE`. */
function above(filename: string, html: string): string {
  return basename(filename) === 'join.html' ? html.replaceAll(/(src|href)="\.\//g, '$1="../ui/') : html;
}

/**
 * Makes each page whole: its colours, its style and its frame are in the HTML, so that the first answer is the first
 * picture, and the scripts come to a page that is there. The server names in its policy what is inline by its hash.
 */
export function whole(): Plugin {
  return {
    name: 'whole',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      async handler(html, { bundle, filename }) {
        const colours = await readFile(path('lib/theme/first.js'), 'utf8');
        const code = colours.replaceAll(/^\s*\/\/.*\n/gm, '').trim();
        const head = html.replace('</title>', () => `</title>\n    <script>${code}</script>`);
        if (!bundle) return head;
        const styles: string[] = [];
        const unlinked = head.replaceAll(STYLE, (_, name: string) => {
          const sheet = bundle[name];
          if (sheet?.type === 'asset') styles.push(String(sheet.source).trim());
          return '';
        });
        const frame = (await frames())[basename(filename, '.html')] ?? '';
        return above(filename, unlinked)
          .replace('</head>', () => `  <style>${styles.join('')}</style>\n  </head>`)
          .replace('<div id="app"></div>', () => `<div id="app">${frame}</div>`);
      },
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const name of Object.keys(bundle))
          if (name.endsWith('.css')) Reflect.deleteProperty(bundle, name);
      },
    },
  };
}
