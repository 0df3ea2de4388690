import { docker } from '../docker.ts';
import { recordOf } from './run-record.ts';

const list = async (args: readonly string[]): Promise<string[]> =>
  (await docker(args)).split('\n').filter(Boolean);

/** Those that carry the label of a run, and those that Compose and Swarm have named after it. */
const find = async (id: string, ...command: string[]): Promise<string[]> => {
  const labelled = await list([...command, '--quiet', `--filter=label=${id}`]);
  const named = await list([...command, '--quiet', `--filter=name=${id}`]);
  return [...new Set([...labelled, ...named])];
};

const findImages = async (id: string): Promise<string[]> =>
  list(['image', 'ls', `--filter=reference=${id}*`, '--format={{.Repository}}:{{.Tag}}']);

const findContainers = async (id: string): Promise<string[]> => {
  const record = await list(['ps', '--all', '--quiet', `--filter=name=^${recordOf(id)}$`]);
  const all = await find(id, 'ps', '--all');
  return all.filter((container) => !record.includes(container));
};

/** Removes every container, network, volume and image of a run, but for its record. Resolves to how many there were. */
export const removeAll = async (id: string): Promise<number> => {
  const containers = await findContainers(id);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  const networks = await find(id, 'network', 'ls');
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  const volumes = await find(id, 'volume', 'ls');
  if (volumes.length > 0) await docker(['volume', 'rm', '--force', ...volumes]);
  const images = await findImages(id);
  if (images.length > 0) await docker(['image', 'rm', '--force', ...images]);
  return containers.length + networks.length + volumes.length + images.length;
};
