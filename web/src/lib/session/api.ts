import type { ErrorCode, Problem } from '../../gen/protocol';
import type { Form } from '../protocol/form';
import { problem } from '../protocol/forms';
import { addressOf } from './address';

/** Nobody is made to wait for longer than this before they can try again. */
const PATIENCE_MS = 10_000;
/** Nor for longer than this, where a file is on its way. */
const FILE_PATIENCE_MS = 90_000;

const SILENT =
  'The server has not answered for ten seconds. What was asked may have been done all the same. Check your connection and try again.';
const FILE_SILENT =
  'The server has not answered for a minute and a half. Check your connection and try again, or choose a smaller file.';
const UNREACHABLE = 'The server cannot be reached. Check your connection and try again.';
const AWAY = 'The server does not answer at the moment. Try again in a little while.';
const DOOR =
  'Something in front of the server asks for a name and a password of its own. Reload the page to give them.';
const NOT_OURS =
  'Something else answered in the server’s place, perhaps the sign-in page of this network. See what another page says, and try again.';

/** A request that was refused, or that nobody answered, or something that is not this server. */
export class ProblemError extends Error {
  readonly code: ErrorCode | 'unreachable' | 'not_ours';
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ProblemError['code'], detail: string, about: Partial<Problem> = {}) {
    super(detail);
    this.code = code;
    this.field = about.field;
    this.retryAfter = about.retry_after;
  }

  /** Only the server itself says so: whoever stands in front of it may have a 401 of their own. */
  get endsSession(): boolean {
    return this.code === 'unauthorized';
  }
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** A file, in the place of a body. */
  file?: Blob;
  /** Opens what its session may see. */
  token?: string;
  /** Ends its session, and opens nothing. */
  farewell?: string;
}

/** Asks the server at one of its own addresses. What does not have the documented form is a failure, whatever its status. */
export async function ask<Answer>(
  path: string,
  form: Form<Answer>,
  { method = 'GET', body, file, token, farewell }: RequestOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  // `Authorization` is left to whoever may stand in front of the server: the browser sends what they ask for.
  if (token) headers['Chatterbox-Token'] = token;
  if (farewell) headers['Chatterbox-Farewell'] = farewell;
  const request: RequestInit = {
    method,
    headers,
    body: file ?? (body === undefined ? null : JSON.stringify(body)),
    // This server sends no call elsewhere, and what is asked may hold a password.
    redirect: 'manual',
  };
  const response = await reach(path, request, file ? FILE_PATIENCE_MS : PATIENCE_MS);
  const answer = await bodyOf(response);
  if (response.ok && form(answer)) return answer;
  if (!response.ok && problem(answer)) throw new ProblemError(answer.code, answer.detail, answer);
  throw notOurs(response.status);
}

/** What people are told when it was somebody else who answered. */
export function notOurs(status: number): ProblemError {
  if (status === 401) return new ProblemError('not_ours', DOOR);
  return new ProblemError('not_ours', status >= 502 && status <= 504 ? AWAY : NOT_OURS);
}

async function reach(path: string, request: RequestInit, patience: number): Promise<Response> {
  try {
    // Holds for the body as well.
    return await fetch(addressOf(path), { ...request, signal: AbortSignal.timeout(patience) });
  } catch (error) {
    throw unreachable(error, patience);
  }
}

/** Nothing of an answer that has no body; `null` if the body is not what this server's are made of. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const kind = response.ok ? 'application/json' : 'application/problem+json';
  const type = response.headers.get('Content-Type') ?? '';
  if (type.split(';')[0]?.trim().toLowerCase() !== kind) return null;
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(error);
  });
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreachable(error: unknown, patience = PATIENCE_MS): ProblemError {
  const isSilent = error instanceof Error && error.name === 'TimeoutError';
  return new ProblemError(
    'unreachable',
    isSilent ? (patience > PATIENCE_MS ? FILE_SILENT : SILENT) : UNREACHABLE,
  );
}
