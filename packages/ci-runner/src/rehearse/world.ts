import { installActionsRunner, startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import { systemEffects, type User } from '@ci-runner/core';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from './build-report.ts';
import { CENTRAL_HOST, startCentralHost } from './central-host.ts';
import { GUEST, STORAGE_ACCOUNT } from './contain.ts';
import { writeEntrypoints } from './entrypoints.ts';
import { findProgram } from './find-program.ts';
import { describeMeans } from './means.ts';
import { TOKEN_PREFIX, type Questions } from './jobs.ts';
import { MARKER } from './leftovers.ts';
import { readableNode } from './readable-node.ts';
import type { Means } from './report.ts';
import { prepareStorage } from './storage.ts';

/** Everything that a rehearsal builds around the supervisor. */
export interface World {
  readonly directory: string;
  readonly github: EmbeddedGitHub;
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
  /** The user's own configuration file. */
  readonly config: string | undefined;
  /** The names of the configured plugins. */
  readonly plugins: ReadonlySet<string>;
}

const FOREIGN =
  /^(?:GH_TOKEN|GH_APP_\w+|GH_REGISTRATION_TOKEN|GH_ORGANIZATION|GH_ENTERPRISE|GH_RUNNER_GROUP|CI_RUNNER_PREWARM_REPOSITORIES|CI_STORAGE_PRIVATE_KEY)(?:_FILE)?$/;

const defined = (
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        // The user's own secrets have no business here, and the embedded GitHub has one repository.
        entry[1] !== undefined && !FOREIGN.test(entry[0]),
    ),
  );

const findGuest = async (contained: boolean): Promise<User> => {
  const { users } = systemEffects;
  const current = users.current();
  if (current.uid !== 0) return current;
  if (contained) return (await users.find(GUEST)) ?? current;
  return (await users.find(GUEST)) ?? (await users.find('nobody')) ?? current;
};

interface Directories {
  readonly home: string;
  readonly work: string;
  readonly cache: string;
  readonly temporary: string;
  readonly runner: string;
}

const makeDirectory = async (path: string, owner: User, mode: number): Promise<string> => {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid);
  return path;
};

const makeDirectories = async (
  { directory, contained }: WorldOptions,
  guest: User,
): Promise<Directories> => ({
  home: contained ? await makeDirectory(guest.home, guest, 0o700) : guest.home,
  work: await makeDirectory(join(directory, 'work'), guest, 0o700),
  cache: await makeDirectory(join(directory, 'cache'), guest, 0o700),
  temporary: await makeDirectory(join(directory, 'tmp'), guest, 0o1777),
  runner: await makeDirectory(join(directory, 'actions-runner'), guest, 0o755),
});

const closeAll = async (closers: readonly (() => Promise<void>)[]): Promise<void> => {
  await Promise.allSettled(closers.map(async (close) => close()));
};

/** Builds the world: an embedded GitHub, a stand-in runner, a storage server with a slot, services, entrypoints. */
export const buildWorld = async (options: WorldOptions): Promise<World> => {
  const { directory, contained, plugins } = options;
  const inherited = defined(options.environment);
  const path = inherited['PATH'] ?? '/usr/bin:/bin';
  const guest = await findGuest(contained);
  const closers: (() => Promise<void>)[] = [];
  try {
    const repository = inherited['GH_REPOSITORY'] || 'octo/app';
    const labels = (inherited['GH_LABELS'] || 'rehearsal').split(',').map((label) => label.trim());
    const token = `${TOKEN_PREFIX}${randomBytes(12).toString('hex')}`;
    const github = await startGitHub({ token, repositories: [repository] });
    closers.push(async () => github.close());
    const centralHost = await startCentralHost();
    closers.push(async () => centralHost.close());
    const { home, work, cache, temporary, runner } = await makeDirectories(options, guest);
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
    const scripts = await writeEntrypoints({
      directory,
      ownUserScripts: options.config !== undefined,
      bash: plugins.has('entrypoints') ? bash : undefined,
    });
    const control = join(directory, 'control');
    const forwards = plugins.has('forward');
    return {
      directory,
      temporary,
      runner,
      control,
      github,
      means: describeMeans(guest, { contained, sshd: storage !== undefined, path }),
      expected: {
        prewarm: storage !== undefined && plugins.has('ci-storage'),
        engines: forwards
          ? [findProgram('haproxy', path) ? 'haproxy' : 'embedded', 'embedded']
          : [],
        entrypoints: scripts.count,
        hiddenToken: guest.uid !== systemEffects.users.current().uid,
      },
      questions: {
        labels,
        repository,
        tcpPort: forwards ? centralHost.tcpPort : undefined,
        udpPort: forwards ? centralHost.udpPort : undefined,
        exports: scripts.count > 0,
        searched: [directory, home],
      },
      environment: {
        ...inherited,
        [MARKER]: directory,
        TMPDIR: temporary,
        GH_TOKEN: github.token,
        GH_HOST: github.url,
        GH_REPOSITORY: repository,
        GH_LABELS: labels.join(','),
        GH_RUNNER_DIRECTORY: runner,
        CI_RUNNER_USER: guest.name,
        CI_RUNNER_WORK_DIR: work,
        CI_RUNNER_CACHE_DIR: cache,
        CI_RUNNER_CONFIG: options.config ?? '',
        CI_RUNNER_CONTROL_SOCKET: join(control, 'control.sock'),
        FORWARD_HOST: CENTRAL_HOST,
        FORWARD_PORTS: `${centralHost.tcpPort} ${centralHost.udpPort}/udp`,
        CI_STORAGE_HOST: storage?.address ?? '',
        CI_STORAGE_DIR: storage?.slots ?? '',
        CI_STORAGE_PRIVATE_KEY: storage?.privateKey ?? '',
        DEBUG_SHUTDOWN_DELAY_SEC: '',
        ...scripts.environment,
      },
      close: async () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
};
