import { addressOf } from '../session/address';

/** What somebody hands out so that others find the way here. */
export interface Invitation {
  address: string;
  /** Whether it leads nowhere from any other machine. */
  local: boolean;
}

const LOCAL = /^https?:\/\/(?:(?:[^/]*\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])(?::\d+)?\//i;

/** The address that the server was told people open, or the one that this page was opened by. */
export function invitation(publicUrl: string | undefined): Invitation {
  return handedOut(publicUrl ?? addressOf('/').href);
}

/** Where one signs in on another device by this code. What stands behind `#` reaches no server and no server's log. */
export function deviceAddress(publicUrl: string | undefined, code: string): string {
  const base = publicUrl ?? addressOf('/').href;
  return `${base}${base.endsWith('/') ? '' : '/'}ui/device.html#${code}`;
}

/** An address that is handed out. */
export function handedOut(address: string): Invitation {
  return { address, local: LOCAL.test(address) };
}
