/** The open pages of this browser, so that one can tell whose unsent messages nobody sends any more. */
export interface Tabs {
  readonly own: string;
  /** `null` if the browser does not say. */
  live(): Promise<ReadonlySet<string> | null>;
  /** Calls whenever another page has ended, if the browser says so. */
  watch(ended: () => void): void;
}

/**
 * A page holds a lock of its own name for as long as it lives, and waits for the locks of the others to hear that they
 * have ended. There are locks on secure pages only.
 */
export function browserTabs(own: string): Tabs {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return { own, live: () => Promise.resolve(null), watch: () => undefined };
  const held = new Promise<void>((begun) => {
    const forLife = () => {
      begun();
      return new Promise<void>(() => undefined);
    };
    locks.request(own, forLife).catch(begun);
  });
  const live = () => held.then(() => names(locks));
  const watch = async (ended: () => void) => {
    const wait = (name: string) => void locks.request(name, { mode: 'shared' }, ended).catch(() => undefined);
    // A page that opens later says so, once it holds what the others then wait for.
    const opened = new BroadcastChannel('opened');
    opened.onmessage = ({ data }: MessageEvent<string>) => wait(data);
    const others = await live();
    opened.postMessage(own);
    others?.forEach((name) => name !== own && wait(name));
  };
  return { own, live, watch: (ended) => void watch(ended).catch(() => undefined) };
}

/** Those who wait for a lock share it when they get it: so all of them hear of the end, and none passes for alive. */
async function names(locks: LockManager): Promise<ReadonlySet<string> | null> {
  try {
    const { held = [] } = await locks.query();
    return new Set(held.filter(({ mode }) => mode === 'exclusive').map(({ name }) => name ?? ''));
  } catch {
    return null;
  }
}
