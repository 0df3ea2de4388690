import type { Logger } from '../log/logger.ts';
import { createSecretMask } from '../log/mask-secrets.ts';
import type { Environment } from './environment.ts';

/** A shorter value would be found in harmless text by chance. */
const SHORTEST_SECRET = 4;

/** What must not reach jobs. */
export interface Secrets {
  /** The variables that hold a secret or lead to one. */
  readonly names: readonly string[];
  /** What no variable may contain. */
  readonly values: readonly string[];
}

/** A frozen environment without secrets, and what was taken out of it. */
export interface Filtered {
  readonly environment: Environment;
  /** The names of the variables that were left out. */
  readonly dropped: readonly string[];
}

/**
 * Leaves out every variable that is a secret by its name, or whose value holds one in any encoding: a script may have copied
 * it, as into the header of a request.
 */
export const withoutSecrets = (environment: Environment, { names, values }: Secrets): Filtered => {
  const hidden = new Set(names);
  const mask = createSecretMask();
  for (const value of values) if (value.trim().length >= SHORTEST_SECRET) mask.add(value);
  const isSecret = ([name, value]: readonly [string, string]): boolean =>
    hidden.has(name) || mask.apply(value) !== value;
  const entries = Object.entries(environment);
  return {
    environment: Object.freeze(Object.fromEntries(entries.filter((entry) => !isSecret(entry)))),
    dropped: entries.filter(isSecret).map(([name]) => name),
  };
};

/** Takes the secrets out of the environment of a process that jobs can look into. */
export type SecretFilter = (environment: Environment) => Environment;

/** Makes a filter that names each variable which it leaves out once. */
export const createSecretFilter = (secrets: Secrets, log: Pick<Logger, 'warn'>): SecretFilter => {
  const told = new Set<string>();
  return (environment) => {
    const filtered = withoutSecrets(environment, secrets);
    const untold = filtered.dropped.filter((name) => !told.has(name));
    for (const name of untold) told.add(name);
    if (untold.length > 0) {
      log.warn(
        `guest's processes do not get these variables, because they hold secrets: ${untold.join(', ')}`,
      );
    }
    return filtered.environment;
  };
};
