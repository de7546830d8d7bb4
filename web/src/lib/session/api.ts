import type { Problem } from '../../gen/protocol';

/** A refused or failed request. `status` 0 means that nobody answered. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Problem>) {
    super(
      typeof problem.detail === 'string' ? problem.detail : 'The server answered with something unexpected.',
    );
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.field = problem.field;
    this.retryAfter = problem.retry_after;
  }
}

export interface Asking {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  token?: string;
}

/** Asks the server at one of its own addresses: `/users`. */
export async function ask<Answer>(
  path: string,
  { method = 'GET', body, token }: Asking = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await reach(path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => ({}));
  if (!response.ok) throw new ProblemError(response.status, (answer ?? {}) as Partial<Problem>);
  return answer as Answer;
}

async function reach(path: string, request: RequestInit): Promise<Response> {
  try {
    // Pages are one floor below what they ask, whatever path a proxy keeps for this server.
    return await fetch(`..${path}`, request);
  } catch {
    throw new ProblemError(0, {
      detail: 'The server cannot be reached. Check your connection and try again.',
    });
  }
}
