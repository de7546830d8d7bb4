import type { Seq } from '../../gen/protocol';
import type { Row } from './rows';

/** How it stands with a message of one's own. */
export type Status = 'sending' | 'waiting' | 'sent' | 'seen' | 'failed';

/** `well` says that there is a connection by which it goes out. */
export function statusOf({ message, unsent }: Row, seenUpTo: Seq, well: boolean): Status {
  if (message) return message.seen || message.seq <= seenUpTo ? 'seen' : 'sent';
  if (unsent?.problem) return 'failed';
  if (unsent?.seq) return 'sent';
  return well ? 'sending' : 'waiting';
}
