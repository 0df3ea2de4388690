import type { DrainRequest } from '../hooks/events.ts';
import type { RunnerError } from '../errors/runner-error.ts';

/** Why a run is to end. */
export interface EndRequest extends DrainRequest {
  /** The failure that makes it end; absent when somebody asked for it. */
  readonly error?: RunnerError;
}

/** Is thrown once; remembers who threw it first. */
export interface DrainSwitch {
  /** Aborts when a drain is requested. */
  readonly signal: AbortSignal;
  /** The first request, with the earliest deadline of all; undefined while there is none. */
  readonly request: EndRequest | undefined;
  /** Resolves with the first request. */
  readonly requested: Promise<EndRequest>;
  /** The first failure that came with a request, be it the first one or a later one. */
  readonly failure: RunnerError | undefined;
  /** Answers whether this request was the first. */
  throw(request: EndRequest): boolean;
}

/** Makes a switch that nobody has thrown. */
export const createDrainSwitch = (): DrainSwitch => {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<EndRequest>();
  let first: EndRequest | undefined;
  let failure: RunnerError | undefined;
  return {
    signal: controller.signal,
    requested: promise,
    get request() {
      return first;
    },
    get failure() {
      return failure;
    },
    throw: (request) => {
      failure ??= request.error;
      const { deadline } = request;
      if (first) {
        const isEarlier = deadline !== undefined && !(deadline >= (first.deadline ?? Infinity));
        if (isEarlier) first = { ...first, deadline };
        return false;
      }
      first = request;
      resolve(request);
      controller.abort(new Error(`draining: ${request.reason}`));
      return true;
    },
  };
};
