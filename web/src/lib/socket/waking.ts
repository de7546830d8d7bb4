/** What browsers know of the network beyond what they all do; some know nothing. */
interface Network extends Navigator {
  readonly connection?: EventTarget;
}

/** What a connection is told of the page that it is on. */
interface Woken {
  /** The person, the machine or the network is back, or the network is another one: what was connected may be gone. */
  probe(): void;
  wentOffline(): void;
  wentOnline(): void;
  /** The browser puts the page away, and may bring it back. */
  rest(): void;
}

/** Tells what the browser knows, at once. Answers how to stop. */
export function attend(woken: Woken): () => void {
  const wake = () => woken.probe();
  const shown = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const moments: [EventTarget | undefined, string, () => void][] = [
    [document, 'visibilitychange', shown],
    [document, 'resume', wake],
    [window, 'pageshow', wake],
    [window, 'pagehide', () => woken.rest()],
    [window, 'online', () => woken.wentOnline()],
    [window, 'offline', () => woken.wentOffline()],
    [(navigator as Network).connection, 'change', wake],
  ];
  for (const [target, name, listener] of moments) target?.addEventListener(name, listener);
  if (!navigator.onLine) woken.wentOffline();
  return () => {
    for (const [target, name, listener] of moments) target?.removeEventListener(name, listener);
  };
}
