import {
  definePlugin,
  type Fault,
  type PluginFactory,
  type RunnerConfig,
  type Sample,
  type TapContext,
} from '@ci-runner/core';
import * as z from 'zod';
import { examineAccess, installAccess, unusableKey, type ExaminedAccess } from './access.ts';
import { announceHost } from './announce-host.ts';
import { DEFAULT_STORAGE_DIRECTORY } from './layout.ts';
import { ownDirectories } from './own-directories.ts';
import { directory, options, type CiStorageOptions, type ReadOptions } from './options.ts';
import { HOST_FORM, parseHost, type StorageHost } from './parse-host.ts';
import { prewarmSamples } from './prewarm-samples.ts';
import { emptyPart, prewarm } from './prewarm.ts';
import { repositoriesOf, repositoryFaults } from './repositories.ts';
import { ownedProcesses } from './run-command.ts';
import type { StorageError } from './storage-error.ts';
import { grantSudo } from './sudo/grant-sudo.ts';
import { sudoFaults } from './sudo/sudo-faults.ts';
import { createLocalTransport } from './transport/local-transport.ts';
import type { SlotTransport } from './transport/slot-transport.ts';
import { createSshTransport, type SshIdentity } from './transport/ssh-transport.ts';

const env = z.object({
  CI_STORAGE_HOST: z
    .string()
    .refine((text) => parseHost(text) !== undefined, HOST_FORM)
    .optional()
    .meta({ description: 'The storage server that the work directory is filled from.' }),
  CI_STORAGE_DIR: directory.optional(),
  CI_STORAGE_PRIVATE_KEY: z
    .string()
    .optional()
    .meta({ description: 'The ssh key for the storage server; jobs can use it as well.' }),
  CI_STORAGE_KNOWN_HOSTS: z.string().optional().meta({
    description: 'The only host keys to be trusted, as known_hosts has them.',
    default: 'trust at first sight',
  }),
  CI_STORAGE_KNOWN_HOSTS_FILE: z
    .string()
    .optional()
    .meta({ description: 'The same, as the path of a file.' }),
});

const CONNECT_SECONDS = 30;

interface Way {
  readonly host: StorageHost | undefined;
  readonly identity: SshIdentity | undefined;
  readonly unusable: StorageError | undefined;
}

const transportFor = (
  context: TapContext,
  given: ReadOptions,
  { host, identity, unusable }: Way,
): SlotTransport | undefined => {
  const connectSeconds = given.connectSeconds ?? CONNECT_SECONDS;
  const start = ownedProcesses(context);
  if (host) {
    const transport = createSshTransport({ ...host, identity, connectSeconds, start });
    return unusable ? { ...transport, connect: async () => Promise.reject(unusable) } : transport;
  }
  return given.storageDir === undefined
    ? undefined
    : createLocalTransport({ place: given.storageDir, start });
};

const findFaults = (
  given: ReadOptions,
  config: RunnerConfig,
  host: string | undefined,
): Fault[] => {
  const required = given.required && host === undefined && given.storageDir === undefined;
  return [
    ...(required
      ? [{ name: 'CI_STORAGE_HOST', expected: `${HOST_FORM}; the option required asks for it` }]
      : []),
    ...repositoryFaults(config),
  ];
};

/** Fills the workspace from the newest slot of the storage before the runner is registered. */
export const ciStorage: PluginFactory<CiStorageOptions | undefined> = definePlugin({
  name: 'ci-storage',
  options,
  env,
  secrets: ['CI_STORAGE_PRIVATE_KEY'],
  secretsForJobs: ['CI_STORAGE_PRIVATE_KEY'],
  setup({ options: fromFile, env: variables, hooks }) {
    const { CI_STORAGE_HOST: address, CI_STORAGE_PRIVATE_KEY: key } = variables;
    const required = fromFile?.required ?? false;
    const given = { ...fromFile, storageDir: variables.CI_STORAGE_DIR ?? fromFile?.storageDir };
    const host = address === undefined ? undefined : parseHost(address);
    const sudo = fromFile?.sudo;
    const samples: Sample[] = [];
    let access: ExaminedAccess = { faults: [] };
    let identity: SshIdentity | undefined;

    hooks.verifySetup.tap(async (config, context) => {
      access = await examineAccess(context, variables, required && host !== undefined);
      const ofSudo = sudo ? await sudoFaults(context, { ...sudo, host: address }) : [];
      return [...findFaults(given, config, address), ...access.faults, ...ofSudo];
    });

    hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
      await ownDirectories(context);
      identity = await installAccess(context, access);
      if (address === undefined || host === undefined) return;
      await announceHost(context, address, host);
      if (key !== undefined) return;
      context.log.warn(
        'CI_STORAGE_HOST is set without the secret CI_STORAGE_PRIVATE_KEY: only a key that guest has anyway can open it',
      );
    });

    // Entrypoints of root may make the directories.
    hooks.prepareSystem.tap({ stage: 'late' }, async (_config, context) => {
      if (sudo === undefined || address === undefined) return;
      await grantSudo(context, { ...sudo, host: address, access });
    });

    hooks.collectMetrics.tap(() => samples.splice(0));

    hooks.prepareWorkspace.tap(async (config, context) => {
      const unusable = access.unusable && unusableKey(access.unusable);
      const transport = transportFor(context, given, { host, identity, unusable });
      const repositories = repositoriesOf(config);
      if (transport === undefined || repositories.length === 0) {
        for (const repository of repositories) await emptyPart(context, repository);
        const missing = transport ? 'CI_RUNNER_PREWARM_REPOSITORIES' : 'CI_STORAGE_HOST';
        context.log.info(
          `prewarm: ${missing} is not set: nothing is loaded, the runner starts cold`,
        );
        return;
      }
      for (const repository of repositories) {
        await prewarm(context, {
          transport,
          repository,
          storageDirectory: (given.storageDir ?? DEFAULT_STORAGE_DIRECTORY).replace(/\/+$/, ''),
          exclude: given.exclude ?? [],
          required,
          onEnd: (end) => void samples.push(...prewarmSamples(end)),
        });
      }
    });
  },
});
