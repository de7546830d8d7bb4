import type { ErrorCode, Failed } from '../../gen/protocol';

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

  static lost(): Refusal {
    return new Refusal('lost', 'The connection went away. Try again once it is back.');
  }
}
