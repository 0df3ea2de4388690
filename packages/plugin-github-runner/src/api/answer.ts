import type { HttpAnswer } from '@ci-runner/core';

/** The fields of an answer's head. */
export type AnswerHeaders = HttpAnswer['headers'];

/** What GitHub answered to one request. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The `message` of the body, if it has one. */
  readonly message: string;
  /** The JSON body; undefined when there is none. */
  readonly body: unknown;
  /** The origin to which it redirects, where that is another one. */
  readonly elsewhere?: string;
}

/** A request that got no answer. */
export interface NoAnswer {
  readonly status: undefined;
  readonly message: string;
}

/** How a request ended. */
export type Outcome = Answer | NoAnswer;

/** `422 Validation Failed`, or what kept an answer from coming. */
export const describeOutcome = ({ status, message }: Outcome): string =>
  status === undefined ? `no answer (${message})` : `${status} ${message}`.trim();
