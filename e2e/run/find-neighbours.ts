import { docker } from '../docker.ts';

/** In these, containers have no names for each other. */
const NAMELESS = new Set(['', 'bridge', 'host', 'none']);

/**
 * The running containers of others that find each other by name, which an engine forgets as it leaves a Swarm, until they are
 * started again (https://github.com/moby/moby/issues/45144).
 */
export const findNeighbours = async (id: string): Promise<string[]> => {
  const lines = (await docker(['ps', '--format={{.Names}}\t{{.Networks}}'])).split('\n');
  return lines.filter(Boolean).flatMap((line) => {
    const [name = '', networks = ''] = line.split('\t');
    const isNeighbour = networks
      .split(',')
      .some((network) => !NAMELESS.has(network) && !network.includes(id));
    return isNeighbour ? [name] : [];
  });
};
