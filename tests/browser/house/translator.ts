import type { Page } from '@playwright/test';

/**
 * A browser's translator, without a language: in the place of every text that may be translated it puts elements of its
 * own with a text of its own, as Chromium's does, also of what comes later.
 */
export async function translate(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const wrap = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts) {
        const parent = text.parentElement;
        if (!text.data.trim() || !parent || parent.closest('font, [translate=no], script, style, head'))
          continue;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        inner.textContent = text.data;
        outer.append(inner);
        text.replaceWith(outer);
      }
    };
    new MutationObserver(() => document.body && wrap(document.body)).observe(document, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
}
