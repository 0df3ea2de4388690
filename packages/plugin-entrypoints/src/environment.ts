import type { User } from '@ci-runner/core';

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** What bash itself adds to the environment, and the variables of the driver, which `set -a` would export. */
const NOISE = /^(?:SHLVL|_|PWD|OLDPWD|__ci_runner_.*)$/;

/** `environment` without what a shell leaves behind in it. */
export const withoutNoise = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !NOISE.test(name)));

/**
 * `environment` with everything that the scripts exported, changed or unset between `before` and `after`. What another
 * plugin has put into it stays unless a script named the same variable. The identity is always that of `user`.
 */
export const applyExports = (
  environment: Environment,
  before: Environment,
  after: Environment,
  user: User,
): Environment => {
  const kept = Object.entries(environment).filter(([name]) => name in after || !(name in before));
  const exported = Object.entries(after).filter(([name, value]) => before[name] !== value);
  return withoutNoise({
    ...Object.fromEntries(kept),
    ...Object.fromEntries(exported),
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
  });
};
