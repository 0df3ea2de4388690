import { createRunner } from '@ci-runner/core';
import type { CommandIo } from './command-io.ts';
import { findUsersConfig } from './find-users-config.ts';

const show = (value: unknown): string => {
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const section = (title: string, values: object): string => {
  const rows = Object.entries(values).map(([name, value]) => `  ${name}: ${show(value)}`);
  return rows.length === 0 ? '' : `${title}\n${rows.join('\n')}\n`;
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
  const { file, config } = await findUsersConfig(io, options.config);
  const runner = createRunner({ config, environment: io.environment, write: io.complain });
  const { config: core, settings } = await runner.check();
  if (options.json) {
    io.write(`${JSON.stringify({ file: file ?? null, core, plugins: settings }, null, 2)}\n`);
    return 0;
  }
  io.write(`The configuration is valid (${file ?? 'no configuration file, the stock set'}).\n\n`);
  io.write(section('core', core));
  for (const { plugin, options: given, env } of settings) {
    io.write(section(plugin, { ...(given as object | undefined), ...env }));
  }
  return 0;
};
