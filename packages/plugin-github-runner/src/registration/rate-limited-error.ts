import { RunnerError } from '@ci-runner/core';

/** GitHub refuses so many requests, and whoever was refused does not know for how long. */
export class RateLimitedError extends RunnerError {
  constructor(message: string) {
    super('SERVICE_UNAVAILABLE', message);
  }
}
