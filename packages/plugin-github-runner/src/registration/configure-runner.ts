import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnerError, type RunnerConfig, type TapContext } from '@ci-runner/core';
import { withoutInputs } from '../settings/without-inputs.ts';
import { failureKindOf, type FailureKind } from './configure-failure.ts';
import { setupUser } from './setup-user.ts';

/** What {@link configureRunner} needs. */
export interface ConfigureSpec {
  /** Where the actions-runner is installed. */
  readonly directory: string;
  /** The page of the scope. */
  readonly url: string;
  readonly name: string;
  /** GitHub's default group when undefined. */
  readonly runnerGroup: string | undefined;
  readonly noDefaultLabels: boolean;
  readonly registrationToken: string;
  /** Called when config.sh is killed because it did not end in time. */
  readonly onInterrupted: () => void;
}

/** How config.sh failed. */
export interface ConfigureFailure {
  readonly kind: FailureKind;
  /** With the last lines of its output. */
  readonly message: string;
}

/** A config.sh under way at the close may end by itself this long: killed, it could leave a runner nobody knows of. */
const CLOSE_LIMIT_MS = 20_000;

/** The body of an error page can be long. */
const KEPT_LINES = 100;
const SHOWN_LINES = 5;

/** Rejects with the reason of `signal` when it aborts. */
export const aborted = async (signal: AbortSignal): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(signal.reason as Error);
  if (signal.aborted) fail();
  else signal.addEventListener('abort', fail, { once: true });
  return promise;
};

const checkInstalled = async (script: string): Promise<void> => {
  try {
    await access(script);
  } catch (cause) {
    throw new RunnerError(
      'PROCESS_FAILED',
      `${script} is missing: unpack GitHub's actions-runner there, or set GH_RUNNER_DIRECTORY`,
      { cause },
    );
  }
};

const argumentsFor = (
  { url, name, runnerGroup, noDefaultLabels }: ConfigureSpec,
  { labels, workDir }: RunnerConfig,
): string[] => {
  const options = {
    url,
    name,
    labels: labels.join(','),
    work: workDir,
    ...(runnerGroup === undefined ? {} : { runnergroup: runnerGroup }),
  };
  return [
    '--unattended',
    '--disableupdate',
    ...(noDefaultLabels ? ['--no-default-labels'] : []),
    ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]),
  ];
};

/**
 * Registers the runner with config.sh, as guest; resolves to how that failed. The token goes through a variable that the
 * actions-runner removes from its environment: arguments are readable for everybody, the variable for no job.
 *
 * @throws RunnerError PROCESS_FAILED when there is no config.sh.
 */
export const configureRunner = async (
  spec: ConfigureSpec,
  context: TapContext,
): Promise<ConfigureFailure | undefined> => {
  const { guest, config, log, environment, clock } = context;
  const command = join(spec.directory, 'config.sh');
  await checkInstalled(command);
  const last: string[] = [];
  const managed = await context.spawn({
    what: 'config.sh',
    command,
    args: argumentsFor(spec, config),
    cwd: spec.directory,
    env: withoutInputs(environment),
    secretEnv: { ACTIONS_RUNNER_INPUT_TOKEN: spec.registrationToken },
    user: await setupUser(guest),
    onLine: (line, stream) => {
      if (line.trim() === '') return;
      log.info(`config.sh: ${line.trimEnd()}`);
      if (stream === 'stderr') last.push(line.trim());
      if (last.length > KEPT_LINES) last.shift();
    },
  });
  await context.own({
    what: 'config.sh under way',
    acquire: () => managed,
    until: async () => managed.exited,
    release: async () => {
      const limit = new AbortController();
      const overdue = clock.sleep(CLOSE_LIMIT_MS, limit.signal).then(
        () => true,
        () => false,
      );
      if (await Promise.race([overdue, managed.exited.then(() => false)])) spec.onInterrupted();
      limit.abort();
    },
  });
  const { code, signal } = await Promise.race([managed.exited, aborted(context.signal)]);
  if (code === 0) return undefined;
  const words = last.slice(-SHOWN_LINES).join(' | ') || 'no message';
  const how = code === null ? `signal ${signal}` : `code ${code}`;
  return { kind: failureKindOf(last), message: `config.sh ended with ${how}: ${words}` };
};
