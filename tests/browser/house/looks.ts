/** What of each state of the gallery could be seen to be wrong. Runs in the page. */
export function looks(): string[] {
  /** Rounding, and a name tag that hangs askew. */
  const ROUGHLY_PX = 4;
  const faults: string[] = [];
  const hosts = [...document.querySelectorAll<HTMLElement>('[data-state]')];
  for (const host of hosts) for (const fault of faultsOf(host)) faults.push(`${nameOf(host)}: ${fault}`);
  if (document.documentElement.scrollWidth > innerWidth) faults.push('The page is wider than its window.');
  return faults;

  function nameOf(host: HTMLElement): string {
    return `${host.closest<HTMLElement>('[data-component]')?.dataset.component}, ${host.dataset.state}`;
  }

  function faultsOf(host: HTMLElement): string[] {
    const found: string[] = [];
    const { left, right } = host.getBoundingClientRect();
    const elements = [...(host.shadowRoot?.querySelectorAll('*') ?? [])].filter(isShown);
    const texts = textsIn(host).filter(({ element }) => isShown(element));
    const isSeen = texts.length > 0 || elements.some(isPainted);
    if (isSeen === (host.dataset.unseen === 'true'))
      found.push(isSeen ? 'it is to be seen' : 'there is nothing to be seen');
    for (const element of elements) {
      const box = element.getBoundingClientRect();
      const sticksOut = box.left < left - ROUGHLY_PX || box.right > right + ROUGHLY_PX;
      if (sticksOut && !isCut(element)) found.push(`it sticks out: ${said(element)}`);
    }
    for (const { element, boxes } of texts)
      if (boxes.some((box) => isClipped(element, box))) found.push(`a text is clipped: ${said(element)}`);
    return found;
  }

  function textsIn(host: HTMLElement): { element: Element; boxes: DOMRect[] }[] {
    const walker = document.createTreeWalker(host.shadowRoot as ShadowRoot, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.textContent?.trim() || !node.parentElement) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      found.push({ element: node.parentElement, boxes: [...range.getClientRects()] });
    }
    return found;
  }

  /** The element and all around it, up to the root of its state. */
  function* around(element: Element): Generator<Element> {
    for (let each: Element | null = element; each; each = each.parentElement) yield each;
  }

  function isShown(element: Element): boolean {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    return [...around(element)].every((each) => getComputedStyle(each).clipPath !== 'inset(50%)');
  }

  function isPainted(element: Element): boolean {
    const { width, height } = element.getBoundingClientRect();
    const { backgroundColor } = getComputedStyle(element);
    const isFilled = backgroundColor !== 'rgba(0, 0, 0, 0)' || element.matches('svg, input, textarea');
    return isFilled && width > 2 && height > 2;
  }

  /** Whether what is too long ends in a way that says so, or can be scrolled. */
  function endsWell(element: Element): boolean {
    const { overflowX, overflowY, textOverflow, webkitLineClamp, maskImage } = getComputedStyle(element);
    const scrolls = [overflowX, overflowY].some((how) => how === 'auto' || how === 'scroll');
    return scrolls || textOverflow === 'ellipsis' || webkitLineClamp !== 'none' || maskImage !== 'none';
  }

  function isCut(element: Element): boolean {
    return [...around(element)].slice(1).some((each) => getComputedStyle(each).overflowX !== 'visible');
  }

  function isClipped(element: Element, box: DOMRect): boolean {
    for (const each of around(element)) {
      if (endsWell(each)) return false;
      const { overflowX, overflowY } = getComputedStyle(each);
      const { left, right, top, bottom } = each.getBoundingClientRect();
      if (overflowX !== 'visible' && (box.left < left - 1 || box.right > right + 1)) return true;
      if (overflowY !== 'visible' && (box.top < top - 1 || box.bottom > bottom + 1)) return true;
    }
    return false;
  }

  function said(element: Element): string {
    return element.outerHTML.slice(0, 160);
  }
}
