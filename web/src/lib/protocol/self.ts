import type { Message, UserId } from '../../gen/protocol';

/** The person whose page this is: by name from the login on, and by the id that outlasts it as soon as that is known. */
export interface Self {
  readonly id: UserId | null;
  readonly username: string;
}

/** Whether they wrote it. The name decides only where one of the two ids is not known. */
export function wrote({ id, username }: Self, { by, user }: Pick<Message, 'by' | 'user'>): boolean {
  return by !== undefined && id !== null ? by === id : user === username;
}
