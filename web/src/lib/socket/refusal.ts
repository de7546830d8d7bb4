import { type ErrorCode, type Failed, type Verdict, VERDICTS } from '../../gen/protocol';

/** Why a command did not take effect; `lost` when the connection went before the answer came. */
export class Refusal extends Error {
  readonly code: ErrorCode | 'lost';
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode | 'lost', message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static from(failed: Failed): Refusal {
    return new Refusal(failed.code, failed.message, failed.retry_after);
  }

  static unanswered(times: number): Refusal {
    return new Refusal(
      'lost',
      `It was sent ${times} times, and the connection went away instead of an answer.`,
    );
  }

  static lost(): Refusal {
    return new Refusal('lost', 'The connection went away. Try again once it is back.');
  }
}

/** What a refusal means for what was said, and for what waits behind it. A code of a newer server is as final as most. */
export function verdictOn(code: ErrorCode): Verdict {
  return (VERDICTS as Partial<typeof VERDICTS>)[code] ?? 'final';
}
