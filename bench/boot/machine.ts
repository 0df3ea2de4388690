import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEffects } from '../../packages/core/src/index.ts';
import { readableNode } from '../../packages/ci-runner/src/rehearse/readable-node.ts';
import { startAws } from '../../packages/ci-runner/src/rehearse/aws.ts';
import { installActionsRunner, startGitHub } from '../../packages/sandbox/src/index.ts';
import { ROOT } from '../../scripts/run-step.ts';

/** What the supervisors of the bench run on, one after the other. */
export interface Machine {
  /** Where the actions-runner is installed. */
  readonly runner: string;
  /** Outside AWS, the stock set without a configuration file. */
  readonly environment: Readonly<Record<string, string>>;
  /** On an EC2 instance whose role may publish: what differs with the stock set, and without its plugins for CloudWatch. */
  readonly inAws: {
    readonly withCloudwatch: Readonly<Record<string, string>>;
    readonly without: Readonly<Record<string, string>>;
  };
  close(): Promise<void>;
}

/** Puts notes of the time, and of the supervisor's time on processors, before the Listener's own start. */
const noteStart = async (runner: string): Promise<void> => {
  const listener = join(runner, 'bin/Runner.Listener');
  await rename(listener, `${listener}.real`);
  const lines = [
    '#!/bin/sh',
    'if [ "$1" = run ]; then',
    `  date +%s%N >"${runner}/started"`,
    `  cat /proc/$PPID/task/*/schedstat >"${runner}/cpu"`,
    'fi',
    'exec "$0.real" "$@"',
  ];
  await writeFile(listener, `${lines.join('\n')}\n`);
  await chmod(listener, 0o755);
};

/** A configuration file of the stock set, or of what is left of it. */
const writeConfig = async (directory: string, name: string, filter: string): Promise<string> => {
  const library = join(ROOT, 'packages/ci-runner/dist/index.mjs');
  const path = join(directory, `${name}.config.mjs`);
  await writeFile(
    path,
    `import { defineConfig, stockPlugins } from ${JSON.stringify(library)};\n` +
      `export default defineConfig({ plugins: stockPlugins()${filter} });\n`,
  );
  return path;
};

/** Makes the machine in an empty directory. */
export const makeMachine = async (directory: string): Promise<Machine> => {
  const current = systemEffects.users.current();
  const guest =
    current.uid === 0 ? ((await systemEffects.users.find('nobody')) ?? current) : current;
  const owner = { uid: guest.uid, gid: guest.gid };
  const runner = join(directory, 'actions-runner');
  const github = await startGitHub();
  const aws = await startAws();
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'empty'));
  await installActionsRunner(runner, { owner, node: await readableNode(guest, directory) });
  await noteStart(runner);
  await chmod(runner, 0o777);
  const inAws = { ...aws.environment, BTIME: String(Math.floor(Date.now() / 1_000) - 60) };
  const only = `.filter(({ name }) => !['cloudwatch', 'aws-lifecycle'].includes(name))`;
  return {
    runner,
    environment: {
      PATH: process.env['PATH'] ?? '',
      LOG_FORMAT: 'json',
      GH_TOKEN: github.token,
      GH_HOST: github.url,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: 'bench',
      GH_RUNNER_DIRECTORY: runner,
      CI_RUNNER_USER: guest.name,
      CI_RUNNER_WORK_DIR: join(directory, 'work'),
      CI_RUNNER_CONTROL_SOCKET: join(directory, 'control.sock'),
      CI_RUNNER_CACHE_DIR: join(directory, 'cache'),
      CI_RUNNER_ROOT_ENTRYPOINTS: join(directory, 'empty'),
      CI_RUNNER_GUEST_ENTRYPOINTS: join(directory, 'empty'),
      // Only what comes before is measured.
      GH_DRAIN_QUIET_SEC: '0',
    },
    inAws: {
      withCloudwatch: { ...inAws, CI_RUNNER_CONFIG: await writeConfig(directory, 'stock', '') },
      without: { ...inAws, CI_RUNNER_CONFIG: await writeConfig(directory, 'without', only) },
    },
    close: async () => {
      await Promise.all([github.close(), aws.close()]);
    },
  };
};
