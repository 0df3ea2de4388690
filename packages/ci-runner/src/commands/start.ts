import type { RunnerConfigInput } from '@ci-runner/core';
import { findConfig } from '../config/find-config.ts';
import { openControl } from '../control/open-control.ts';
import type { BootView } from '../live/boot-view.ts';
import { traceRun } from '../trace/trace-run.ts';
import type { CommandIo } from './command-io.ts';
import { useProxies } from './use-proxies.ts';
import { withRunner } from './with-runner.ts';

/** Only on a terminal, and where people read the log; nobody else waits for the modules. */
const viewFor = async (
  { terminal, environment }: CommandIo,
  config: RunnerConfigInput,
): Promise<BootView | undefined> => {
  const format = environment['LOG_FORMAT'] || (config.logFormat ?? 'text');
  if (!terminal || format !== 'text') return undefined;
  const { createBootView } = await import('../live/boot-view.ts');
  return createBootView(terminal, config);
};

/** Boots the runner and serves until a signal, a `ci-runner drain` or the runner itself ends it. Resolves to the exit code. */
export const start = async (io: CommandIo, options: { trace?: boolean }): Promise<number> => {
  let view: BootView | undefined;
  useProxies(io.environment);
  return withRunner(
    io,
    {
      find: async () => {
        const found = await findConfig({ file: io.environment['CI_RUNNER_CONFIG'] || undefined });
        view = await viewFor(io, found.config);
        return view ? { ...found, config: view.config } : found;
      },
      write: (line, record) => {
        try {
          view?.take(record);
        } finally {
          io.write(line);
        }
      },
    },
    async ({ runner }) => {
      const stopTracing = options.trace ? traceRun(runner.log) : (): void => {};
      const closeControl = await openControl(runner, io.environment);
      view?.start();
      try {
        return (await runner.run()).exitCode;
      } finally {
        view?.end();
        await closeControl();
        stopTracing();
      }
    },
  );
};
