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

/**
 * Makes a Swarm of this engine.
 *
 * @throws Error when the engine is part of one already: leaving it afterwards would end what runs there.
 */
export const startSwarm = async (): Promise<Swarm> => {
  const state = await docker(['info', '--format', '{{.Swarm.LocalNodeState}}']);
  if (state !== 'inactive') {
    throw new Error(
      `this engine is part of a Swarm (${state}), which stays untouched: test on another engine, or let it leave first`,
    );
  }
  const hadGatewayNetwork = await hasGatewayNetwork();
  const address = '127.0.0.1';
  await docker(['swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`]);
  return {
    createSecret: async (name, content) => {
      await docker(['secret', 'create', name, '-'], { input: content });
    },
    leave: async () => {
      await docker(['swarm', 'leave', '--force']);
      if (!hadGatewayNetwork && (await hasGatewayNetwork())) {
        await docker(['network', 'rm', GATEWAY_NETWORK]);
      }
    },
  };
};
