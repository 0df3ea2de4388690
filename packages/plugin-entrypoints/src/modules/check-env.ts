import type { Environment } from '../environment.ts';

const NAME = /^[A-Za-z_]\w*$/;

/**
 * The variables that a module leaves behind in its `env`.
 *
 * @throws TypeError naming the first that is no variable.
 */
export const checkEnv = (
  env: Readonly<Record<string, unknown>>,
  before: Environment,
): Environment => {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      throw new TypeError(`env.${name} is set to a ${typeof value}: it takes a string`);
    }
    if (value.includes('\0')) throw new TypeError(`env.${name} holds a NUL, which no variable can`);
    // bash passes on exported functions under names that it does not take itself.
    if (value !== before[name] && !NAME.test(name)) {
      throw new TypeError(
        `env[${JSON.stringify(name)}] is no name of a variable: letters, digits and underscores make one`,
      );
    }
    checked[name] = value;
  }
  return checked;
};
