/** Which requests a fault is for. What is absent matches all. */
export interface FaultMatch {
  method?: string;
  /** A string is compared with the path alone, a regular expression with path and query. */
  path?: string | RegExp;
  /** Compared with the whole `User-Agent` header, or tested. */
  userAgent?: string | RegExp;
}

/** An answer in the place of GitHub's. */
export interface FaultAnswer {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. Default: GitHub's error body with the status' own words. */
  body?: string | object;
}

/**
 * What a request meets in the place of GitHub's answer:
 *
 * - an answer, or what makes one: GitHub does nothing
 * - `reset`: the connection breaks before GitHub does anything
 * - `lose-answer`: GitHub does its work, then the connection breaks
 * - `hang`: neither work nor answer, until the client gives up or the server closes
 */
export type Fault = FaultAnswer | (() => FaultAnswer) | 'reset' | 'lose-answer' | 'hang';

/**
 * What happens to the requests that {@link FaultRule.match} names: a wait, then `answer`, or GitHub's own answer where
 * it is absent.
 */
export interface FaultRule {
  /** Default: every request. */
  match?: FaultMatch;
  /** How many requests it takes before it is used up. Default: no limit. */
  times?: number;
  /** After how many milliseconds of the embedded GitHub's clock it ends. Default: never. */
  forMs?: number;
  /** The share of matching requests that it takes, from 0 to 1, drawn with {@link GitHubOptions.seed}. Default: 1. */
  probability?: number;
  /** How long GitHub sits on a request before it works on it, in milliseconds; two numbers are drawn between. */
  delayMs?: number | readonly [number, number];
  /** How long the answer is on its way when the work is done. */
  answerDelayMs?: number | readonly [number, number];
  answer?: Fault;
}

/** A rule in force. */
export interface ActiveFault {
  /** How many requests it has taken. */
  readonly taken: number;
  /** Ends it. */
  remove(): void;
}

/** The faults of an embedded GitHub's HTTP. A request meets the oldest rule that takes it, and only that one. */
export interface GitHubFaults {
  add(rule: FaultRule): ActiveFault;
  /** Ends every rule. Requests that one has taken already stay taken. */
  clear(): void;
}
