import type { Fault, TapContext } from '@ci-runner/core';
import { isShellScript } from '../find-scripts.ts';
import { moduleFault } from './module-faults.ts';
import { bashEnvFaults, bashFaults, ownershipFaults, scriptFaults } from './script-faults.ts';
import { shellSyntaxFaults } from './shell-syntax.ts';

const moduleFaults = (scripts: readonly string[]): Fault[] =>
  scripts.flatMap((name) => {
    try {
      const expected = moduleFault(name);
      return expected === undefined ? [] : [{ name, expected }];
    } catch {
      // Presence and readability are told by others.
      return [];
    }
  });

const isModule = (script: string): boolean => !isShellScript(script);

/** What is wrong with scripts that `user` is to run, whatever runs them. Nothing of them is run. */
export const contentFaults = async (
  scripts: readonly string[],
  context: TapContext,
  user: TapContext['guest'],
): Promise<Fault[]> => {
  const found = await scriptFaults(scripts);
  const faulty = new Set(found.map(({ name }) => name));
  const fit = scripts.filter((script) => !faulty.has(script));
  const inShell = fit.filter(isShellScript);
  const bash = await bashFaults(inShell, context.environment['PATH']);
  const syntax = bash.length > 0 ? [] : await shellSyntaxFaults(context, user, inShell);
  return [...bash, ...found, ...syntax, ...moduleFaults(fit.filter(isModule))];
};

/** What is wrong with scripts that the supervisor's user is to run. */
export const rootFaults = async (
  scripts: readonly string[],
  context: TapContext,
): Promise<Fault[]> => [
  ...(await contentFaults(scripts, context, context.supervisor)),
  ...(await trustFaults(scripts, context)),
];

/** Why root must not run scripts: somebody else could have written them, or what runs with them. */
export const trustFaults = async (
  scripts: readonly string[],
  { supervisor, environment }: TapContext,
): Promise<Fault[]> => {
  if (supervisor.uid !== 0 || scripts.length === 0) return [];
  const sourced = scripts.some(isShellScript)
    ? await bashEnvFaults(environment['BASH_ENV'] || undefined)
    : [];
  return [...(await ownershipFaults(scripts)), ...sourced];
};
