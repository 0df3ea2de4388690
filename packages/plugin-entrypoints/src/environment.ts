import type { User } from '@ci-runner/core';

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** What bash itself adds to the environment, and the variables of the driver, which `set -a` would export. */
const NOISE = /^(?:SHLVL|_|PWD|OLDPWD|__ci_runner_.*)$/;

/** `environment` without what a shell leaves behind in it. */
export const withoutNoise = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !NOISE.test(name)));

/** `environment` without the variables of these names. */
export const without = (environment: Environment, names: readonly string[]): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));

/** The variables of these names that are set and not empty. */
export const only = (environment: Environment, names: readonly string[]): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => names.includes(name) && value !== ''),
  );

/** The variables that tell a process who it runs as. */
export const identityOf = ({ home, name }: User): Environment => ({
  HOME: home,
  USER: name,
  LOGNAME: name,
});

/** What leads from one environment to another. */
export interface Changes {
  readonly set: Environment;
  readonly unset: readonly string[];
}

/** What leads from `before` to `after`. */
export const changesBetween = (before: Environment, after: Environment): Changes => ({
  set: Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value)),
  unset: Object.keys(before).filter((name) => !(name in after)),
});

/** `environment` with the changes made to it. What they do not name stays as it is. */
export const applyChanges = (environment: Environment, { set, unset }: Changes): Environment => ({
  ...without(environment, unset),
  ...set,
});

/** Whether there is nothing to change. */
export const isNothing = ({ set, unset }: Changes): boolean =>
  unset.length === 0 && Object.keys(set).length === 0;
