import { installActionsRunner, startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import { systemEffects } from '@ci-runner/core';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoundConfig } from '../config/find-config.ts';
import type { Findings } from './build-report.ts';
import { STORAGE_ACCOUNT } from './accounts.ts';
import { startAws, type EmbeddedAws } from './aws.ts';
import { CENTRAL_HOST, startCentralHost } from './central-host.ts';
import { prepareEntrypoints } from './entrypoints.ts';
import { makeDirectories } from './directories.ts';
import { findProgram } from './find-program.ts';
import { prepareGuest } from './guest.ts';
import { describeMeans } from './means.ts';
import { TOKEN_PREFIX, type Questions } from './jobs.ts';
import { MARKER } from './leftovers.ts';
import { readableNode } from './readable-node.ts';
import type { Means } from './report.ts';
import { readSettings } from './settings.ts';
import { prepareStorage } from './storage.ts';

/** Everything that a rehearsal builds around the supervisor. */
export interface World {
  readonly directory: string;
  readonly github: EmbeddedGitHub;
  readonly aws: EmbeddedAws;
  /** What the supervisor is started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly means: Means;
  readonly expected: Findings['expected'];
  readonly questions: Questions;
  readonly temporary: string;
  readonly runner: string;
  /** Where the supervisor makes its control socket. */
  readonly control: string;
  close(): Promise<void>;
}

/** What a world is built from. */
export interface WorldOptions {
  /** A directory of the rehearsal's own that all accounts can enter. */
  readonly directory: string;
  /** Whether the accounts are the rehearsal's own. */
  readonly contained: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration to rehearse. */
  readonly found: FoundConfig;
}

const FOREIGN =
  /^(?:GH_TOKEN|GH_APP_\w+|GH_REGISTRATION_TOKEN|GH_ORGANIZATION|GH_ENTERPRISE|GH_RUNNER_GROUP|CI_RUNNER_PREWARM_REPOSITORIES|CI_STORAGE_PRIVATE_KEY|CI_STORAGE_KNOWN_HOSTS|AWS_\w+|ECS_\w+)(?:_FILE)?$/;

const defined = (
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        // The user's own secrets have no business here, and the embedded GitHub has one repository. An empty variable counts
        // as unset.
        Boolean(entry[1]) && !FOREIGN.test(entry[0]),
    ),
  );

const closeAll = async (closers: readonly (() => Promise<void>)[]): Promise<void> => {
  await Promise.allSettled(closers.map(async (close) => close()));
};

/** Builds the world: an embedded GitHub and AWS, a stand-in runner, a storage server with a slot, services, entrypoints. */
export const buildWorld = async (options: WorldOptions): Promise<World> => {
  const { directory, contained, found } = options;
  const inherited = defined(options.environment);
  const path = inherited['PATH'] ?? '/usr/bin:/bin';
  const settings = readSettings(found, inherited);
  const { repository, labels, plugins } = settings;
  const isRoot = systemEffects.users.current().uid === 0;
  const closers: (() => Promise<void>)[] = [];
  try {
    const since = join(directory, 'since');
    await writeFile(since, '');
    const token = `${TOKEN_PREFIX}${randomBytes(12).toString('hex')}`;
    const github = await startGitHub({ token, repositories: [repository] });
    closers.push(async () => github.close());
    const aws = await startAws();
    closers.push(async () => aws.close());
    const centralHost = await startCentralHost();
    closers.push(async () => centralHost.close());
    const guest = await prepareGuest(settings.user, { directory, contained });
    const { work, cache, temporary, runner } = await makeDirectories(directory, guest);
    const node = await readableNode(guest, directory);
    await installActionsRunner(runner, { owner: guest, node });
    const storage = await prepareStorage({
      directory: join(directory, 'storage'),
      account: contained ? await systemEffects.users.find(STORAGE_ACCOUNT) : undefined,
      environment: { PATH: path, [MARKER]: directory },
      repository,
      workDir: work,
    });
    if (storage) closers.push(async () => storage.close());
    const bash = findProgram('bash', path);
    const scripts = await prepareEntrypoints({
      directory,
      given: settings.entrypoints,
      defaults:
        found.file === undefined ? {} : { root: isRoot ? '/root' : undefined, guest: guest.home },
      runnable: bash !== undefined && plugins.has('entrypoints'),
    });
    const control = join(directory, 'control');
    const forwards = plugins.has('forward');
    return {
      directory,
      temporary,
      runner,
      control,
      github,
      aws,
      means: describeMeans(guest, { contained, sshd: storage !== undefined, path }),
      expected: {
        prewarm: storage !== undefined && plugins.has('ci-storage'),
        engines: forwards
          ? [findProgram('haproxy', path) ? 'haproxy' : 'embedded', 'embedded']
          : [],
        entrypoints: scripts.count,
        metrics: plugins.has('cloudwatch'),
        hiddenToken: guest.uid !== systemEffects.users.current().uid,
      },
      questions: {
        labels,
        repository,
        tcpPort: forwards ? centralHost.tcpPort : undefined,
        udpPort: forwards ? centralHost.udpPort : undefined,
        exports: scripts.own,
        searched: [directory, guest.home],
        since,
      },
      environment: {
        ...inherited,
        ...settings.standIns,
        ...aws.environment,
        [MARKER]: directory,
        TMPDIR: temporary,
        GH_TOKEN: github.token,
        GH_HOST: github.url,
        GH_RUNNER_DIRECTORY: runner,
        ...(isRoot ? { CI_RUNNER_USER: settings.user ?? guest.name } : {}),
        CI_RUNNER_WORK_DIR: work,
        CI_RUNNER_CACHE_DIR: cache,
        CI_RUNNER_CONFIG: found.file ?? '',
        CI_RUNNER_CONTROL_SOCKET: join(control, 'control.sock'),
        FORWARD_HOST: CENTRAL_HOST,
        FORWARD_PORTS: `${centralHost.tcpPort} ${centralHost.udpPort}/udp`,
        CI_STORAGE_HOST: storage?.address ?? '',
        CI_STORAGE_DIR: storage?.slots ?? '',
        CI_STORAGE_PRIVATE_KEY: storage?.privateKey ?? '',
        DEBUG_SHUTDOWN_DELAY_SEC: '',
        // On one machine nothing is under way for longer; a person waits for the end.
        GH_DRAIN_QUIET_SEC: inherited['GH_DRAIN_QUIET_SEC'] ?? '1',
        ...scripts.environment,
      },
      close: async () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
};
