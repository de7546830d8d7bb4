import type { Page } from '@playwright/test';

interface Watched extends Window {
  doubles: string[];
  vanished: string[];
}

/** Looks at the list after every change of the page: is a message there twice, or was it there and is gone? */
export async function watchForDoubles(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.doubles = [];
    watched.vanished = [];
    let before = new Set<string>();
    const look = () => {
      const shown = [...document.querySelectorAll('[role=log] article p.text')].map(
        (text) => text.textContent ?? '',
      );
      const now = new Set(shown);
      if (now.size < shown.length) watched.doubles.push(shown.join(' | '));
      if (document.querySelector('[role=log]'))
        watched.vanished.push(...[...before].filter((text) => !now.has(text)));
      before = now;
    };
    new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
  });
}

export function seenDoubles(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as Watched).doubles);
}

export function seenVanishing(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as Watched).vanished);
}
