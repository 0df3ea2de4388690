import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker, tryDocker } from '../../docker.ts';

/** A Swarm of this engine alone. */
export interface Swarm {
  createSecret(name: string, content: string): Promise<void>;
  /** Ends it, and removes the network that the engine leaves behind. */
  leave(): Promise<void>;
}

/** Made by the engine with the first overlay network, and kept by it. */
const GATEWAY_NETWORK = 'docker_gwbridge';

const hasGatewayNetwork = async (): Promise<boolean> =>
  (await tryDocker(['network', 'inspect', GATEWAY_NETWORK])).code === 0;

const stateOfSwarm = async (): Promise<string> =>
  docker(['info', '--format', '{{.Swarm.LocalNodeState}}']);

/** Says that the Swarm is the run's own, and whether the network was there before it. */
const markIn = (directory: string): string => join(directory, 'swarm');

/** Leaves the Swarm that {@link startSwarm} has made with this directory, if it has. */
export const leaveOwnSwarm = async (directory: string): Promise<void> => {
  const mark = await readFile(markIn(directory), 'utf8').catch(() => undefined);
  if (mark === undefined) return;
  if ((await stateOfSwarm()) !== 'inactive') await docker(['swarm', 'leave', '--force']);
  if (mark === 'without network' && (await hasGatewayNetwork())) {
    await docker(['network', 'rm', GATEWAY_NETWORK]);
  }
  await rm(markIn(directory));
};

/**
 * Makes a Swarm of this engine, and a note of that in the run's directory.
 *
 * @throws Error when the engine is part of one already: leaving it afterwards would end what runs there.
 */
export const startSwarm = async (directory: string): Promise<Swarm> => {
  const state = await stateOfSwarm();
  if (state !== 'inactive') {
    throw new Error(
      `this engine is part of a Swarm (${state}), which stays untouched: test on another engine, or let it leave first`,
    );
  }
  await writeFile(
    markIn(directory),
    (await hasGatewayNetwork()) ? 'with network' : 'without network',
  );
  const address = '127.0.0.1';
  await docker(['swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`]);
  return {
    createSecret: async (name, content) => {
      await docker(['secret', 'create', name, '-'], { input: content });
    },
    leave: async () => leaveOwnSwarm(directory),
  };
};
