import type { Page } from '@playwright/test';

interface Watched extends Window {
  doubles: string[];
  vanished: string[];
}

/**
 * Is a message ever there twice, after any change of the page, or was it there in one picture and not in the next? A
 * list that is not measured yet holds its last row alone, which nobody ever sees; so what vanishes is looked for only
 * in what was painted.
 */
export async function watchForDoubles(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.doubles = [];
    watched.vanished = [];
    const texts = () =>
      [...document.querySelectorAll('[role=log] article p.text')].map((text) => text.textContent ?? '');
    new MutationObserver(() => {
      const shown = texts();
      if (new Set(shown).size < shown.length) watched.doubles.push(shown.join(' | '));
    }).observe(document, { childList: true, characterData: true, subtree: true });
    let before: string[] = [];
    const painted = () => {
      const now = new Set(texts());
      watched.vanished.push(...before.filter((text) => !now.has(text)));
      before = [...now];
      requestAnimationFrame(() => setTimeout(painted));
    };
    painted();
  });
}

export function seenDoubles(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as Watched).doubles);
}

export function seenVanishing(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as Watched).vanished);
}
