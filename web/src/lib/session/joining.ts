import type { LoggedIn, Registration, RoomId } from '../../gen/protocol';
import { ProblemError } from './api';
import { calls } from './calls';

/** An account that is there, and the session in it unless the server did not open one at once. */
export interface Joined {
  username: string;
  session: LoggedIn | null;
  /** The rooms that an invitation has led into. */
  rooms: readonly RoomId[];
}

/** What an earlier try that has worked may be answered the next time: the name is one's own, and so was the last use. */
const PERHAPS_DONE: readonly ProblemError['code'][] = ['username_taken', 'invitation_over'];

/**
 * Makes an account and signs in to it. A name that is taken may be one's own, if the answer to an earlier try was lost: its
 * password tells, asked at the door where guesses are counted. Errors: why there is no account, or why that cannot be said.
 */
export async function join(registration: Registration): Promise<Joined> {
  const { username, password } = registration;
  try {
    const { username: stored, rooms = [] } = await calls.register(registration);
    const session = await calls.logIn({ username: stored, password }).catch(() => null);
    return { username: stored, session, rooms };
  } catch (error) {
    if (!(error instanceof ProblemError && PERHAPS_DONE.includes(error.code))) throw error;
    const session = await calls.logIn({ username, password }).catch((refusal: ProblemError) => {
      throw refusal.code === 'wrong_credentials' ? error : refusal;
    });
    return { username: session.username, session, rooms: [] };
  }
}
