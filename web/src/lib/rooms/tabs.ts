/** The open pages of this browser, so that one can tell whose unsent messages nobody sends any more. */
export interface Tabs {
  readonly own: string;
  /** `null` if the browser does not say. */
  live(): Promise<ReadonlySet<string> | null>;
}

/** A page holds a lock of its own name for as long as it lives. There are locks on secure pages only. */
export function browserTabs(own: string): Tabs {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return { own, live: () => Promise.resolve(null) };
  const held = new Promise<void>((begun) => {
    const forLife = () => {
      begun();
      return new Promise<void>(() => undefined);
    };
    locks.request(own, forLife).catch(begun);
  });
  return { own, live: () => held.then(() => names(locks)) };
}

async function names(locks: LockManager): Promise<ReadonlySet<string> | null> {
  try {
    const { held = [] } = await locks.query();
    return new Set(held.map(({ name }) => name ?? ''));
  } catch {
    return null;
  }
}
