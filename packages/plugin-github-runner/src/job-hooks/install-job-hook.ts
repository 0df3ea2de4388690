import { constants } from 'node:fs';
import { access, chmod, chown } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import type { RunnerConfig, TapContext } from '@ci-runner/core';
import type { JobTracker } from '../listener/job-tracker.ts';
import { createHookServer } from './hook-server.ts';
import { findHooksInEnvFile } from './hooks-in-env-file.ts';
import { completedScript, startedScript } from './hook-script.ts';
import { userHookCommand } from './user-hook.ts';

/** The variables of the actions-runner that name its hooks (ADR 1751), and the scripts that we put there. */
const SCRIPTS = [
  { variable: 'ACTIONS_RUNNER_HOOK_JOB_STARTED', file: 'job-started.sh', text: startedScript },
  {
    variable: 'ACTIONS_RUNNER_HOOK_JOB_COMPLETED',
    file: 'job-completed.sh',
    text: completedScript,
  },
] as const;

type Variables = Readonly<Record<string, string>>;

/** Absolute path of curl, as the job's own PATH has it. */
export const findCurl = async (environment: Variables): Promise<string | undefined> => {
  const directories = (environment['PATH'] ?? '').split(':').filter((path) => isAbsolute(path));
  for (const directory of directories) {
    const path = join(directory, 'curl');
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
};

/**
 * Any process of guest can report, such as one that an earlier job has left: only the folder that the actions-runner
 * makes for a repository, `REPO/REPO` below the work directory (TrackingConfig.cs), is believed. Where the runner serves
 * more than one repository, that is any REPO.
 */
const believed = (
  workspace: string | undefined,
  { workDir, repository }: RunnerConfig,
): string | undefined => {
  const name = repository?.split('/')[1] ?? basename(workspace ?? '');
  return /^[\w.-]+$/.test(name) && workspace === join(workDir, name, name) ? workspace : undefined;
};

/** What {@link JobHookHost.install} needs. */
export interface JobHookSpec {
  readonly curl: string;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  /** The environment that jobs will have; a hook of the user's in it runs after ours. */
  readonly environment: Variables;
  readonly tracker: JobTracker;
}

/** What guest's jobs report to, one Listener after the other. */
export interface JobHookHost {
  /**
   * Makes the reports go to this Listener's tracker.
   *
   * @returns the variables that make the actions-runner run the scripts that report.
   */
  install(spec: JobHookSpec, context: TapContext): Promise<Variables>;
}

interface Place {
  readonly folder: string;
  readonly socket: string;
}

/**
 * Makes a host that has not started anything. Its directory is the supervisor's own: guest can use what is in it and
 * change nothing.
 */
export const createJobHookHost = (): JobHookHost => {
  let tracker: JobTracker | undefined;
  let place: Promise<Place> | undefined;
  const written = new Map<string, string>();

  const open = async (context: TapContext): Promise<Place> => {
    const { guest, clock, config } = context;
    const folder = await context.temporaryDirectory('ci-runner-hooks');
    const socket = join(folder, 'supervisor.sock');
    const server = createHookServer({
      clock,
      onJobStarted: async (workspace) => tracker?.hookReported(believed(workspace, config)),
      onJobCompleted: (workspace) => tracker?.stepsEnded(believed(workspace, config)),
    });
    await context.listen(server, { path: socket });
    await chmod(socket, 0o600);
    if (process.getuid?.() === 0) await chown(socket, guest.uid, guest.gid);
    await chmod(folder, 0o711);
    return { folder, socket };
  };

  return {
    install: async ({ curl, directory, environment, tracker: own }, context) => {
      tracker = own;
      place ??= open(context);
      const { folder, socket } = await place;
      // Since the boot, a job can have written them.
      for (const { name, expected } of await findHooksInEnvFile(directory)) {
        context.log.error(`${name} ${expected}`);
      }
      const variables: Record<string, string> = {};
      for (const { variable, file, text } of SCRIPTS) {
        const users = environment[variable] || undefined;
        const how = { variable, log: context.log };
        const next = users === undefined ? undefined : await userHookCommand(users, directory, how);
        const path = join(folder, file);
        const content = text({ curl, socket, next });
        if (content !== written.get(path)) await context.writeFile({ path, content, mode: 0o644 });
        written.set(path, content);
        variables[variable] = path;
      }
      return variables;
    },
  };
};
