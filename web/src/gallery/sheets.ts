/**
 * The styles of the page, for the shadow roots that the states stand in. There, an attribute does for the focus and the
 * pointer, which are in one place of a page at most: `data-focus` and `data-hover` on what has them.
 */
export const screen = new CSSStyleSheet();
/** The same, as on paper. */
export const paper = new CSSStyleSheet();

const PRETENDED: Record<string, string> = {
  ':focus-visible': ':is(:focus-visible, [data-focus])',
  ':focus-within': ':is(:focus-within, [data-focus], :has([data-focus]))',
  ':focus': ':is(:focus, [data-focus])',
  ':hover': ':is(:hover, [data-hover], :has([data-hover]))',
};

function pretended(text: string): string {
  return text.replaceAll(
    /:(?:focus(?:-visible|-within)?|hover)(?![\w-])/g,
    (name) => PRETENDED[name] ?? name,
  );
}

function gather(): void {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const text = pretended(rules.map((rule) => rule.cssText).join('\n'));
  screen.replaceSync(text);
  paper.replaceSync(text.replaceAll('@media print', '@media all'));
}

gather();
// While somebody works at a style, it comes anew.
new MutationObserver(gather).observe(document.head, { childList: true, characterData: true, subtree: true });
