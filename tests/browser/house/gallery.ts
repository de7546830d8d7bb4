import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';

const WEB = resolve(import.meta.dirname, '../../../web');
const ADDRESS = 'http://gallery.test';

/** The page on which every component is in every state, built from the pages' source. */
export class Gallery {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async build(): Promise<Gallery> {
    const directory = await mkdtemp(join(tmpdir(), 'chatterbox-gallery-'));
    const vite = join(WEB, 'node_modules/vite/bin/vite.js');
    const how = ['build', '--mode', 'gallery', '--outDir', directory, '--emptyOutDir', '--logLevel', 'warn'];
    await promisify(execFile)(process.execPath, [vite, ...how], { cwd: WEB });
    return new Gallery(directory);
  }

  /** Opens it, without a server, and waits until every state is as it is meant to be. */
  async openOn(page: Page): Promise<void> {
    await page.route(`${ADDRESS}/**`, (route) => {
      const path = join(this.#directory, new URL(route.request().url()).pathname);
      // What a server would have, people's pictures, is not there.
      return existsSync(path) ? route.fulfill({ path }) : route.abort();
    });
    await page.goto(`${ADDRESS}/gallery.html`, { waitUntil: 'domcontentloaded' });
    await page.waitForFunction(
      () => document.querySelector('[data-acting=false]') && !document.querySelector('[data-acting=true]'),
    );
  }

  async close(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
