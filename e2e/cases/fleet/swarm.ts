import { inject } from 'vitest';
import { docker } from '../../docker.ts';
import { leaveSwarmOf, makeSwarm } from '../../run/own-swarm.ts';

/** A Swarm of this engine alone. */
export interface Swarm {
  createSecret(name: string, content: string): Promise<void>;
  /** Ends it; nothing may run in it any more. */
  leave(): Promise<void>;
}

/** Makes a Swarm, which is this run's. */
export const startSwarm = async (): Promise<Swarm> => {
  const { id, directory } = inject('run');
  await makeSwarm(id, directory);
  return {
    createSecret: async (name, content) => {
      await docker(['secret', 'create', name, '-'], { input: content });
    },
    leave: async () => leaveSwarmOf({ id, directory }),
  };
};
