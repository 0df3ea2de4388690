import { join } from 'node:path';
import { RunnerError, type TapContext } from '@ci-runner/core';
import { createJitConfig } from '../api/jit-config.ts';
import { findRunnerGroup } from '../api/runner-groups.ts';
import type { RunnersApiDeps } from '../api/runners-api.ts';
import { decodeJitConfig, type RunnerFile } from './jit-files.ts';
import type { RegistrationMeans } from './registration-means.ts';
import { uniqueLabels } from './unique-labels.ts';

/** What {@link jitMeans} needs. */
export interface JitSpec {
  readonly api: RunnersApiDeps;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  readonly runnerGroup: string | undefined;
  readonly noDefaultLabels: boolean;
}

/** The group that every organization, enterprise and repository has from the start. */
const DEFAULT_GROUP = 1;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'X64', arm64: 'ARM64', arm: 'ARM' };

/** What config.sh adds by itself (actions/runner, VarUtil.cs); a JIT configuration has only what it is given. */
const defaultLabels = (): string[] => [
  'self-hosted',
  'Linux',
  ARCHITECTURES[process.arch] ?? process.arch,
];

/** In guest's directory root writes nothing: guest may have put links there. */
const writeAsGuest = async (
  directory: string,
  { name, content }: RunnerFile,
  context: TapContext,
): Promise<void> => {
  const managed = await context.spawn({
    what: `the writing of ${name}`,
    command: 'sh',
    args: ['-c', 'umask 077 && rm -f -- "$1" && cat >"$1"', 'sh', join(directory, name)],
    env: context.environment,
    user: context.guest,
    writable: true,
    onLine: (line) => context.log.warn(`${name}: ${line}`),
  });
  // A process that ended before it has read everything tells so by its code.
  managed.stdin?.on('error', () => {});
  managed.stdin?.end(content);
  const { code } = await managed.exited;
  if (code === 0) return;
  throw new RunnerError(
    'PROCESS_FAILED',
    `${join(directory, name)} cannot be written by ${context.guest.name}: it must own the directory`,
  );
};

/** GitHub may go on with a request that is no longer waited for. */
const noticingAbort = async <Result>(
  signal: AbortSignal,
  onAbort: () => void,
  work: () => Promise<Result>,
): Promise<Result> => {
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/**
 * Registers a runner for one job by the API alone: no token comes near guest. Its configuration is written where the
 * actions-runner looks for it: as an argument or a variable it would stay readable for every process of guest.
 */
export const jitMeans = (spec: JitSpec): RegistrationMeans => {
  const { api, directory, runnerGroup, noDefaultLabels } = spec;
  let groupId = runnerGroup === undefined ? DEFAULT_GROUP : undefined;
  return {
    prepare: async (patience, context) => {
      const { labels, workDir } = context.config;
      groupId ??= await findRunnerGroup(api, runnerGroup ?? '', patience);
      const runner = {
        groupId,
        labels: uniqueLabels([...(noDefaultLabels ? [] : defaultLabels()), ...labels]),
      };
      return async ({ name, onInterrupted }) => {
        const config = await noticingAbort(context.signal, onInterrupted, async () =>
          createJitConfig(api, { ...runner, name }, patience),
        );
        if (config === 'name-taken') return config;
        for (const file of decodeJitConfig(config.encoded, workDir)) {
          await writeAsGuest(directory, file, context);
        }
        return { id: config.id, trusted: true };
      };
    },
  };
};
