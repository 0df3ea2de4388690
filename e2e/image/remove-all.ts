import { docker } from '../docker.ts';

const list = async (args: readonly string[]): Promise<string[]> =>
  (await docker(args)).split('\n').filter(Boolean);

/** Removes every container, network and volume that carries the label of a run. */
export const removeAll = async (id: string): Promise<void> => {
  const filter = ['--quiet', '--filter', `label=${id}`];
  const containers = await list(['ps', '--all', ...filter]);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  const networks = await list(['network', 'ls', ...filter]);
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  const volumes = await list(['volume', 'ls', ...filter]);
  if (volumes.length > 0) await docker(['volume', 'rm', '--force', ...volumes]);
};
