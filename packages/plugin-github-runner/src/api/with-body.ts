import type * as z from 'zod';
import type { Outcome } from './answer.ts';

/** A request's outcome, and its body when that is what was expected. */
export interface Checked<Body> {
  readonly outcome: Outcome;
  readonly body?: Body;
}

/** A success without the expected body, such as a proxy's page, does not come from GitHub: it is no answer. */
export const withBody = <Body>(outcome: Outcome, schema: z.ZodType<Body>): Checked<Body> => {
  if (outcome.status === undefined || outcome.status < 200 || outcome.status >= 300) {
    return { outcome };
  }
  const { success, data } = schema.safeParse(outcome.body);
  if (success) return { outcome, body: data };
  const message = `${outcome.status} without the expected JSON`;
  return { outcome: { status: undefined, message } };
};
