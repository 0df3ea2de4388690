import { inject } from 'vitest';
import { docker } from '../../docker.ts';
import { makeSwarm } from '../../run/own-swarm.ts';

/** A Swarm of this engine alone. */
export interface Swarm {
  createSecret(name: string, content: string): Promise<void>;
}

/**
 * Makes a Swarm, which is this run's and ends with it: an engine that leaves a Swarm forgets the names of the containers on all
 * its networks, those of other cases too (https://github.com/moby/moby/issues/45144).
 */
export const startSwarm = async (): Promise<Swarm> => {
  const { id, directory } = inject('run');
  await makeSwarm(id, directory);
  return {
    createSecret: async (name, content) => {
      await docker(['secret', 'create', name, '-'], { input: content });
    },
  };
};
