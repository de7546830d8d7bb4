import { ProblemError } from './api';

/** Has answers told on; who is no one any more is told nothing: they leave. */
export function teller(sessionOver: () => void) {
  return async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ProblemError && error.endsSession) sessionOver();
      throw error;
    }
  };
}
