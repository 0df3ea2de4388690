import { ConfigurationError, type HookTaps, type TapInfo } from '@ci-runner/core';
import type { CommandIo } from './command-io.ts';
import { findUsersConfig } from './find-users-config.ts';
import { withRunner } from './with-runner.ts';

const deadline = (ms: number | false): string => (ms === false ? 'no deadline' : `${ms / 1_000} s`);

const tapLine = (hook: HookTaps, { plugin, stage, deadlineMs }: TapInfo): string => {
  const remarks = [
    ...(stage === 'normal' ? [] : [stage]),
    ...(deadlineMs === hook.deadlineMs ? [] : [deadline(deadlineMs)]),
  ];
  return `  ${plugin}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`;
};

const print = (hooks: readonly HookTaps[]): string =>
  hooks
    .flatMap((hook) => [hook.hook, ...hook.taps.map((tap) => tapLine(hook, tap))])
    .map((line) => `${line}\n`)
    .join('');

/**
 * Prints the hooks in order, with who taps them. Resolves to 0.
 *
 * @throws ConfigurationError when the settings of a plugin are at fault; the taps of the others are printed all the same.
 */
export const hooks = async (
  io: CommandIo,
  { config, json }: { config?: string; json?: boolean },
): Promise<number> => {
  const find = async (): ReturnType<typeof findUsersConfig> => findUsersConfig(io, config);
  return withRunner(io, { find, write: io.complain }, async ({ runner, file }) => {
    const tapped = await runner.taps();
    const report = { file: file ?? null, hooks: tapped.hooks, faults: tapped.faults };
    io.write(json ? `${JSON.stringify(report, null, 2)}\n` : print(tapped.hooks));
    if (tapped.faults.length > 0) throw new ConfigurationError(tapped.faults);
    return 0;
  });
};
