import type {
  Availability,
  LoggedIn,
  MadeDeviceLink,
  Myself,
  OwnChanges,
  ProfileChanges,
  Session,
  SessionId,
  UserId,
} from '../../gen/protocol';
import { calls } from '../session/calls';
import { keepSession } from '../session/session';
import { teller } from '../session/told';

/** What one does about oneself. What is refused rejects with the reason, in words. */
export interface OwnCalls {
  /** Changes what one says of oneself. */
  say(changes: ProfileChanges): Promise<void>;
  /** One wants to be seen so. */
  beSeen(availability: Availability): Promise<void>;
  /** Shows a picture of oneself. */
  show(picture: Blob): Promise<void>;
  /** Shows none any more. */
  hide(): Promise<void>;
  /** Does not want to hear somebody any more, or does again. */
  mute(id: UserId): Promise<void>;
  unmute(id: UserId): Promise<void>;
  /** Takes away the picture that somebody else shows of themselves. */
  hideOf(id: UserId): Promise<void>;
  readonly account: AccountCalls;
}

/** What one does about one's account. */
export interface AccountCalls {
  myself(): Promise<Myself>;
  /** Changes one's name or address. */
  rename(changes: Pick<OwnChanges, 'username' | 'email'>): Promise<void>;
  /** Signs in anew, and goes on by that session. */
  prove(password: string): Promise<void>;
  changePassword(current: string, wanted: string): Promise<void>;
  sessions(): Promise<readonly Session[]>;
  endSession(id: SessionId): Promise<void>;
  /** Ends all sessions but the one of this page. */
  endOthers(): Promise<void>;
  /** Makes a link by which one signs in on another device. */
  makeDeviceLink(password: string): Promise<MadeDeviceLink>;
  /** Leaves for good. */
  leave(password: string): Promise<void>;
}

export function ownCalls(session: LoggedIn, sessionOver: () => void): OwnCalls {
  const told = teller(sessionOver);
  return {
    say: (changes) => told(calls.changeMe(session.token, changes)),
    beSeen: (availability) => told(calls.changeAvailability(session.token, availability)),
    show: (picture) => told(calls.showPicture(session.token, picture)),
    hide: () => told(calls.hidePicture(session.token)),
    mute: (id) => told(calls.mute(session.token, id)),
    unmute: (id) => told(calls.unmute(session.token, id)),
    hideOf: (id) => told(calls.removePicture(session.token, id)),
    account: accountCalls(session, told),
  };
}

function accountCalls(session: LoggedIn, told: ReturnType<typeof teller>): AccountCalls {
  let { token } = session;
  return {
    myself: () => told(calls.myself(token)),
    rename: (changes) => told(calls.changeMe(token, changes)),
    prove: async (password) => {
      const { username } = await told(calls.myself(token));
      const fresh = await calls.logIn({ username, password });
      keepSession(fresh);
      token = fresh.token;
    },
    // The page goes on by the session that it began with, and no other is left.
    changePassword: async (current, wanted) => {
      await told(calls.changePassword(session.token, { current, new: wanted }));
      if (token !== session.token) keepSession(session);
      token = session.token;
    },
    sessions: () => told(calls.sessions(session.token)),
    endSession: (id) => told(calls.endSession(session.token, id)),
    endOthers: () => told(calls.endOtherSessions(session.token)),
    makeDeviceLink: (password) => told(calls.makeDeviceLink(session.token, { password })),
    leave: (password) => told(calls.deleteMe(session.token, { password })),
  };
}
