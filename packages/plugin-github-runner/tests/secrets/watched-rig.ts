import { mkdir, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginHooks } from '@ci-runner/core';
import type { EmbeddedGitHub } from '@ci-runner/sandbox';
import { expect, vi } from 'vitest';
import type { Machine } from '../machine.ts';
import { startRig, type Rig, type RigOptions } from '../rig.ts';
import type { Secret } from './encodings.ts';
import { readOwnCredentials } from './own-credentials.ts';
import { startRecordingProxy, type Held, type RecordingProxy } from './recording-proxy.ts';
import { startWalk, type Finding, type Walk } from './walk.ts';

/** A run that guest looks at from its first moment to its last. */
export interface WatchedRig extends Rig {
  readonly walk: Walk;
  /** Every credential so far: those that were given and those that GitHub has handed out. */
  secrets(): readonly Secret[];
  /** Runs a job that looks as well, from inside. */
  jobThatLooks(): Promise<void>;
  /** Where guest has found a secret. */
  findings(): readonly Finding[];
  /** Where guest has found what the runner's own credentials hold. */
  ownFindings(): readonly Finding[];
}

/** What a run is given to become a runner with. */
export interface Given {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly Secret[];
}

/** What {@link startWatchedRig} takes. */
export interface WatchedOptions extends Omit<RigOptions, 'prepare' | 'variables'> {
  /** The credentials, in place of the rig's own token, and what else there is to prepare. */
  readonly give: (machine: Machine, github: EmbeddedGitHub) => Promise<Given>;
  /** Called while a request or its answer is held back. */
  readonly onHeld?: (held: Held, machine: Machine) => Promise<void>;
}

/** Every moment that a plugin is told of lasts until guest has looked. */
const tapAll = (hooks: PluginHooks, look: () => Promise<void>): void => {
  hooks.prepareSystem.tap(look);
  hooks.prepareWorkspace.tap(look);
  hooks.modifyRunnerEnv.tap(async () => look());
  hooks.onRegistered.tap(look);
  hooks.onIdle.tap(look);
  hooks.beforeJob.tap(look);
  hooks.onJobStarted.tap(look);
  hooks.afterJob.tap(look);
  hooks.onDrain.tap(look);
  hooks.beforeDeregister.tap(look);
  hooks.closeRunner.tap(look);
};

/** Starts a rig behind a proxy that holds every exchange with GitHub until guest has looked at everything. */
export const startWatchedRig = async ({
  give,
  tap,
  onHeld,
  ...options
}: WatchedOptions): Promise<WatchedRig> => {
  const since = Date.now();
  const variables: Record<string, string> = {};
  const given: Secret[] = [];
  const own = new Map<string, Secret>();
  const watching = Promise.withResolvers<{
    readonly walk: Walk;
    readonly proxy: RecordingProxy;
    readonly machine: Machine;
  }>();
  const rig = await startRig({
    ...options,
    variables,
    tap: (hooks) => {
      tapAll(hooks, async () => (await watching.promise).walk.pass());
      hooks.onRegistered.tap(async () => {
        const { machine } = await watching.promise;
        for (const one of await readOwnCredentials(machine)) own.set(one.value, one);
      });
      tap?.(hooks);
    },
    prepare: async (machine, github) => {
      const folder = dirname(machine.runnerDirectory);
      const temporary = join(folder, 'tmp');
      await mkdir(temporary);
      await chmod(temporary, 0o1777);
      vi.stubEnv('TMPDIR', temporary);
      const gift = await give(machine, github);
      given.push(...gift.secrets);
      const node = join(folder, 'node');
      const walk = await startWalk({ guest: machine.guest, node, folder, since });
      const proxy = await startRecordingProxy({
        target: github.url,
        hold: async (held) => {
          await walk.pass();
          await onHeld?.(held, machine);
        },
      });
      Object.assign(variables, { GH_TOKEN: '' }, gift.variables, { GH_HOST: proxy.url });
      watching.resolve({ walk, proxy, machine });
    },
  });
  const { walk, proxy } = await watching.promise;
  const secrets = (): readonly Secret[] => [...given, ...proxy.secrets()];
  return {
    ...rig,
    walk,
    secrets,
    jobThatLooks: async () => {
      const before = walk.passesInside();
      const job = await rig.queue(walk.command).completed;
      expect(job).toMatchObject({ result: 'Succeeded' });
      await expect.poll(() => walk.passesInside()).toBe(before + 2);
    },
    findings: () => walk.search(secrets()),
    ownFindings: () => walk.search([...own.values()]),
  };
};
