import {
  createRunner,
  definePlugin,
  systemEffects,
  type Clock,
  type TapContext,
} from '@ci-runner/core';
import type { LightMachine } from './light-machine.ts';

/** Does `work` with the context of a real run, and ends the run; answers what was logged. */
export const withContext = async (
  { guest, cacheDir }: Pick<LightMachine, 'guest' | 'cacheDir'>,
  work: (context: TapContext) => Promise<void>,
  {
    clock = systemEffects.clock,
    path = process.env['PATH'] ?? '',
  }: { clock?: Clock; path?: string } = {},
): Promise<string> => {
  const lines: string[] = [];
  const failures: unknown[] = [];
  const worker = definePlugin({
    name: 'worker',
    setup: ({ hooks }) => {
      hooks.prepareWorkspace.tap(async (_config, context) => {
        await work(context).catch((error: unknown) => failures.push(error));
        runner.drain('the work is done');
      });
    },
  });
  const runner = createRunner({
    config: { plugins: [worker()] },
    environment: { PATH: path, CI_RUNNER_USER: guest, CI_RUNNER_CACHE_DIR: cacheDir },
    effects: { ...systemEffects, clock },
    write: (line) => lines.push(line),
  });
  const { error } = await runner.run();
  for (const failure of [...failures, ...(error ? [error] : [])]) throw failure;
  return lines.join('');
};
