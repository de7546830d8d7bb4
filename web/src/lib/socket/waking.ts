/** What browsers know of the network beyond what they all do; some know nothing. */
interface Network extends Navigator {
  readonly connection?: EventTarget;
}

/**
 * Calls whenever the person is back, or the machine, or the network, or it is another one: what was connected before may
 * be gone, and neither side has heard of that. Answers how to stop.
 */
export function onWaking(wake: () => void): () => void {
  const shown = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const moments: [EventTarget | undefined, string, () => void][] = [
    [document, 'visibilitychange', shown],
    [document, 'resume', wake],
    [window, 'pageshow', wake],
    [window, 'online', wake],
    [(navigator as Network).connection, 'change', wake],
  ];
  for (const [target, name, listener] of moments) target?.addEventListener(name, listener);
  return () => {
    for (const [target, name, listener] of moments) target?.removeEventListener(name, listener);
  };
}
