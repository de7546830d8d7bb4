import type { Availability, LoggedIn, ProfileChanges } from '../../gen/protocol';
import { calls } from '../session/calls';
import { teller } from '../session/told';

/** What one does about oneself. What is refused rejects with the reason, in words. */
export interface OwnCalls {
  /** Changes what one says of oneself. */
  say(changes: ProfileChanges): Promise<void>;
  /** One wants to be seen so. */
  beSeen(availability: Availability): Promise<void>;
}

export function ownCalls({ token }: Pick<LoggedIn, 'token'>, sessionOver: () => void): OwnCalls {
  const told = teller(sessionOver);
  return {
    say: (changes) => told(calls.changeMe(token, changes)),
    beSeen: (availability) => told(calls.changeAvailability(token, availability)),
  };
}
