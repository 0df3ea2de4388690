import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker, tryDocker } from '../docker.ts';
import { findNeighbours } from './find-neighbours.ts';

/** A run that may have made a Swarm. */
export interface SwarmOwner {
  readonly id: string;
  /** Where the run has its files; undefined when they are lost. */
  readonly directory: string | undefined;
}

/** Made by the engine with the first overlay network, and kept by it. */
const GATEWAY_NETWORK = 'docker_gwbridge';

/** Labels of the one node, which say whose the Swarm is, and whether the network was there before it. */
const OWNER = 'ci-runner-e2e-run';
const NETWORK = 'ci-runner-e2e-network';

const hasGatewayNetwork = async (): Promise<boolean> =>
  (await tryDocker(['network', 'inspect', GATEWAY_NETWORK])).code === 0;

const stateOfSwarm = async (): Promise<string> =>
  docker(['info', '--format', '{{.Swarm.LocalNodeState}}']);

const labelOfNode = async (label: string): Promise<string> => {
  const format = `{{index .Spec.Labels "${label}"}}`;
  return (await tryDocker(['node', 'inspect', 'self', '--format', format])).stdout.trim();
};

/** Stands for the labels while there are none yet: a Swarm cannot be made with labels. */
const noteIn = (directory: string): string => join(directory, 'swarm');

const readNote = async ({ directory }: SwarmOwner): Promise<string | undefined> =>
  directory === undefined ? undefined : readFile(noteIn(directory), 'utf8').catch(() => undefined);

const isOwn = async (run: SwarmOwner): Promise<boolean> => {
  if ((await stateOfSwarm()) === 'inactive') return false;
  const owner = await labelOfNode(OWNER);
  return owner === run.id || (owner === '' && (await readNote(run)) !== undefined);
};

/**
 * Makes a Swarm of this engine alone.
 *
 * @throws Error when the engine is part of one already: leaving it afterwards would end what runs there; and when
 *   containers of others would forget each other's names then.
 */
export const makeSwarm = async (id: string, directory: string): Promise<void> => {
  const state = await stateOfSwarm();
  const owner = state === 'inactive' ? '' : await labelOfNode(OWNER);
  if (owner !== '') {
    throw new Error(
      `another run of these cases (${owner}) has made a Swarm of this engine: begin when that one has ended`,
    );
  }
  if (state !== 'inactive') {
    throw new Error(
      `this engine is part of a Swarm (${state}), which stays untouched: test on another engine, or let it leave first`,
    );
  }
  const neighbours = await findNeighbours(id);
  if (neighbours.length > 0) {
    throw new Error(
      `containers that are not this run's would lose each other's names with the end of a Swarm (${neighbours.join(', ')}): end them first, or test on another engine`,
    );
  }
  const network = (await hasGatewayNetwork()) ? 'before' : 'none';
  await writeFile(noteIn(directory), network);
  const address = '127.0.0.1';
  try {
    await docker(['swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`]);
  } catch (error) {
    // Another run was quicker: the Swarm is not ours.
    await rm(noteIn(directory));
    throw error;
  }
  const labels = [`--label-add=${OWNER}=${id}`, `--label-add=${NETWORK}=${network}`];
  const node = await docker(['node', 'inspect', 'self', '--format', '{{.ID}}']);
  await docker(['node', 'update', ...labels, node]);
};

/** Removes the services of a run. Resolves to how many there were. */
export const removeServicesOf = async (run: SwarmOwner): Promise<number> => {
  if (!(await isOwn(run))) return 0;
  const services = (await docker(['service', 'ls', '--quiet'])).split('\n').filter(Boolean);
  if (services.length > 0) await docker(['service', 'rm', ...services]);
  return services.length;
};

/** Ends the Swarm of a run, if it has one, and removes the network that the engine leaves behind. */
export const leaveSwarmOf = async (run: SwarmOwner): Promise<void> => {
  const note = await readNote(run);
  if (await isOwn(run)) {
    const network = (await labelOfNode(NETWORK)) || note;
    await docker(['swarm', 'leave', '--force']);
    if (network === 'none' && (await hasGatewayNetwork())) {
      await docker(['network', 'rm', GATEWAY_NETWORK]);
    }
  }
  if (run.directory !== undefined) await rm(noteIn(run.directory), { force: true });
};
