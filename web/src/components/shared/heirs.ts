import type { Attachment } from 'svelte/attachments';

/** Who takes the focus when something inside of an element had it and is gone. */
const heirs = new WeakMap<EventTarget, () => void>();

export function heir(take: () => void): Attachment<HTMLElement> {
  return (node) => {
    heirs.set(node, take);
  };
}

const hasFocus = (node: Element) => document.activeElement === node;
const isThere = (node: HTMLElement) => node.isConnected && node.checkVisibility({ visibilityProperty: true });

/** An element, or what has its name where the page was laid out anew. */
function present(node: EventTarget | undefined): HTMLElement | null {
  if (!(node instanceof HTMLElement)) return null;
  const now = node.isConnected ? node : document.getElementById(node.id);
  return now && isThere(now) ? now : null;
}

/**
 * Decides where the focus goes when what has it vanishes, for whatever reason: what is there again under the same name
 * takes it itself; else the nearest surrounding element that is still there, or again, and has an heir decides. Whoever
 * puts the focus nowhere, by a click beside everything, is left alone.
 */
export function keepFocus(root: HTMLElement): () => void {
  let path: EventTarget[] = [];

  function remember(event: FocusEvent) {
    path = event.composedPath();
  }

  function forget() {
    queueMicrotask(() => {
      const [last] = path;
      if (last instanceof HTMLElement && isThere(last) && !hasFocus(last)) path = [];
      else check();
    });
  }

  function check() {
    const [last] = path;
    if (!(last instanceof HTMLElement) || !hasFocus(document.body) || isThere(last)) return;
    const again = present(last);
    const survivor = path.map(present).find((node) => node && heirs.has(node));
    path = [];
    if (again) again.focus();
    else if (survivor) heirs.get(survivor)?.();
  }

  root.addEventListener('focusin', remember);
  root.addEventListener('focusout', forget);
  const observer = new MutationObserver(check);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    root.removeEventListener('focusin', remember);
    root.removeEventListener('focusout', forget);
  };
}
