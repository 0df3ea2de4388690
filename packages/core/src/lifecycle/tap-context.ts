import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerConfig } from '../config/define-config.ts';
import type { Environment } from '../config/environment.ts';
import type { SecretFilter } from '../config/without-secrets.ts';
import type { Effects } from '../effects/effects.ts';
import { endSession, sessionEnd, type Processes } from '../effects/processes.ts';
import type { User } from '../effects/users.ts';
import type { DrainLimits, Identity } from '../hooks/events.ts';
import type {
  ListenTarget,
  OwnedFile,
  OwnedProcessSpec,
  TapContext,
} from '../hooks/tap-context.ts';
import type { Logger } from '../log/logger.ts';
import { ownedFile, removalOf } from './owned-file.ts';
import type { ReleaseStack } from './release-stack.ts';

/** What the contexts of one run share. */
export interface ContextSource {
  readonly config: RunnerConfig;
  readonly guest: User;
  readonly environment: Environment;
  /** For the processes of guest, into which jobs can look. */
  readonly withoutSecrets: SecretFilter;
  readonly log: Logger;
  readonly effects: Effects;
  readonly releases: ReleaseStack;
  readonly identity: () => Promise<Identity | undefined>;
  /** Requests a drain, and logs it to `log`; answers whether it was the first request. */
  readonly drain: (reason: string, log: Logger, limits?: DrainLimits) => boolean;
  /** Where output can be cut that shows secrets. */
  readonly cutLine: (beginning: string) => number;
}

const DEFAULT_GRACE_MS = 5_000;

/** `net.Server.close` waits for open connections for ever; they are cut instead. */
const closeServer = async (server: Server, sockets: ReadonlySet<Socket>): Promise<void> => {
  const closed = server.listening ? once(server, 'close') : undefined;
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
};

const runsAsRoot = (): boolean => process.getuid?.() === 0;

const give = async (path: string, owner: User | undefined): Promise<void> => {
  if (owner && runsAsRoot()) await chown(path, owner.uid, owner.gid);
};

/** Finishes what was made at `path`; what cannot be finished has no release, and is removed at once. */
const orRemove = async (path: string, finish: () => Promise<void>): Promise<void> => {
  try {
    await finish();
  } catch (cause) {
    await rm(path, { recursive: true, force: true });
    throw cause;
  }
};

/** A process that is just being ended may still write to the tree. */
const REMOVAL_TRIES = 3;

/**
 * Node walks a tree by its paths, and who can change it could lead root out of it meanwhile; rm(1) walks from one open
 * directory to the next.
 */
const removeTree = async (
  path: string,
  owner: User | undefined,
  processes: Processes,
): Promise<void> => {
  if (owner === undefined || !runsAsRoot()) {
    return rm(path, { recursive: true, force: true, maxRetries: REMOVAL_TRIES });
  }
  let complaint = '';
  for (let tries = 0; tries < REMOVAL_TRIES; tries += 1) {
    const removing = await processes.spawn({
      command: 'rm',
      args: ['-rf', '--', path],
      env: { PATH: '/usr/bin:/bin' },
      onLine: (line) => (complaint = line),
    });
    if ((await removing.exited).code === 0) return undefined;
  }
  throw new Error(complaint);
};

/** Makes the context of one tap. */
export const createTapContext = (
  source: ContextSource,
  plugin: string,
  signal: AbortSignal,
): TapContext => {
  const { config, guest, environment, effects, releases } = source;
  const log = source.log.child({ plugin });
  const own: TapContext['own'] = async (acquisition) => releases.own(plugin, acquisition);
  return {
    signal,
    config,
    guest,
    supervisor: effects.users.current(),
    environment,
    log,
    clock: effects.clock,
    identity: source.identity,
    drain: (reason, limits) => source.drain(reason, log, limits),
    own,
    spawn: async (spec: OwnedProcessSpec) => {
      const graceMs = spec.graceMs ?? DEFAULT_GRACE_MS;
      const passed = spec.user?.uid === guest.uid ? source.withoutSecrets(spec.env) : spec.env;
      const env = { ...passed, ...spec.secretEnv };
      return own({
        what: `process ${spec.what ?? spec.command}`,
        acquire: async () => effects.processes.spawn({ cutLine: source.cutLine, ...spec, env }),
        release: async (managed) => endSession(managed, graceMs),
        until: sessionEnd,
        releaseDeadlineMs: graceMs + 10_000,
      });
    },
    temporaryDirectory: async (prefix, owner) =>
      own({
        what: `temporary directory ${prefix}`,
        acquire: async () => {
          const path = await mkdtemp(join(tmpdir(), `${prefix}-`));
          await orRemove(path, async () => give(path, owner));
          return path;
        },
        // A process that is just being ended may still write to it.
        release: async (path) => removeTree(path, owner, effects.processes),
      }),
    writeFile: async (file: OwnedFile) => {
      await own(ownedFile(file, log));
    },
    removeAtClose: async (path) => {
      await own(removalOf(path, log));
    },
    listen: async (server: Server, target: ListenTarget) => {
      const sockets = new Set<Socket>();
      await own({
        what: `server on ${target.path ?? `${target.host ?? '*'}:${target.port ?? 0}`}`,
        acquire: async () => {
          server.on('connection', (socket: Socket) => {
            sockets.add(socket);
            socket.once('close', () => sockets.delete(socket));
          });
          server.listen({ ...target });
          await once(server, 'listening');
        },
        release: async () => closeServer(server, sockets),
      });
    },
  };
};
