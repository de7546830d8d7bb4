/**
 * Keeps an element that fills the window within what is seen of it. Some browsers let the keyboard of a phone lie over
 * the page and push the page up; the others make the page smaller, and then this does nothing.
 */
export function inSight(node: HTMLElement): () => void {
  const { visualViewport: seen } = window;
  if (!seen) return () => undefined;
  const fit = () => {
    // Two fingers that enlarge the page leave less of it in sight, too, but nothing lies over it.
    node.style.maxHeight = `${Math.round(seen.height * seen.scale)}px`;
    if (seen.scale === 1) window.scrollTo(0, 0);
  };
  fit();
  seen.addEventListener('resize', fit);
  seen.addEventListener('scroll', fit);
  return () => {
    seen.removeEventListener('resize', fit);
    seen.removeEventListener('scroll', fit);
  };
}
