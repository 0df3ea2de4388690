import type { HttpAnswer } from '../../packages/core/src/index.ts';

/** What a client reads of a response. */
export const toHttpAnswer = async (response: Response): Promise<HttpAnswer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
});
