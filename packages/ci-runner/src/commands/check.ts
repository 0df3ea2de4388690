import type { Configured } from '@ci-runner/core';
import type { CommandIo } from './command-io.ts';
import type { FoundConfig } from '../config/find-config.ts';
import { findUsersConfig } from './find-users-config.ts';
import { withRunner } from './with-runner.ts';

const show = (value: unknown): string => {
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const section = (title: string, values: object): string => {
  const rows = Object.entries(values).map(([name, value]) => `  ${name}: ${show(value)}`);
  return rows.length === 0 ? '' : `${title}\n${rows.join('\n')}\n`;
};

const print = (
  io: CommandIo,
  { config, settings }: Configured,
  { file, json }: { file: string | undefined; json: boolean | undefined },
): void => {
  if (json) {
    const report = { file: file ?? null, core: config, plugins: settings };
    io.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  io.write(`The configuration is valid (${file ?? 'no configuration file, the stock set'}).\n\n`);
  io.write(section('core', config));
  for (const { plugin, options, env } of settings) {
    io.write(section(plugin, { ...(options as object | undefined), ...env }));
  }
};

/**
 * Validates all settings without starting anything or using the network, and prints them with secrets masked.
 *
 * @throws ConfigurationError with all faults at once.
 */
export const check = async (
  io: CommandIo,
  options: { config?: string; json?: boolean },
): Promise<number> => {
  const find = async (): Promise<FoundConfig> => findUsersConfig(io, options.config);
  return withRunner(io, { find, write: io.complain }, async ({ runner, file }) => {
    print(io, await runner.check(), { file, json: options.json });
    return 0;
  });
};
