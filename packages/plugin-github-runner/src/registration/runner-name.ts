import { randomBytes } from 'node:crypto';

/** GitHub's limit for the name of a runner. */
const LONGEST_NAME = 64;

/** A name that no other runner has: the prefix, as much of the host's name as fits, and a random suffix. */
export const createRunnerName = (prefix: string, hostName: string): string => {
  const suffix = randomBytes(4).toString('hex');
  const host = hostName
    .replaceAll(/[^\w.-]+/g, '-')
    .slice(0, LONGEST_NAME - prefix.length - suffix.length - 2);
  return [prefix, host, suffix].filter(Boolean).join('-');
};
