import { definePlugin } from '@ci-runner/core';
import type { Carrier } from '../src/carrier.ts';
import { startHaproxy } from '../src/haproxy/start-haproxy.ts';
import type { Forward } from '../src/settings/forward-spec.ts';
import {
  createForwardWatch,
  type ForwardState,
  type ForwardWatch,
} from '../src/status/forward-watch.ts';
import { boot, type Booted } from './boot.ts';

/** A real haproxy whose only host is moved by the test. */
export interface MovingHaproxy extends Pick<Booted, 'records'> {
  /** Gives the host these addresses, and tells haproxy. */
  readonly move: (...addresses: string[]) => Promise<void>;
  readonly state: () => ForwardState;
}

/** Boots a runner with it. */
export const bootMovingHaproxy = async (
  program: string,
  port: number,
  ...first: string[]
): Promise<MovingHaproxy> => {
  let addresses: readonly string[] = first;
  const forward: Forward = { port, protocol: 'tcp', hosts: ['db'] };
  const closing = new AbortController();
  let carrier: Carrier | undefined;
  let watch: ForwardWatch | undefined;
  const plugin = definePlugin({
    name: 'moving',
    setup({ hooks }) {
      hooks.prepareSystem.tap(async (_config, context) => {
        const watched = createForwardWatch(forward, 'haproxy', context);
        watch = watched;
        const targets = { addressesOf: () => addresses, refresh: async () => ['db'] };
        const { signal } = closing;
        carrier = await startHaproxy(
          {
            context,
            forwards: [forward],
            targets,
            closing: signal,
            addresses: ['127.0.0.1'],
            watchOf: () => watched,
          },
          program,
          [forward],
        );
      });
      hooks.closeRunner.tap(() => closing.abort());
    },
  });
  const { records } = await boot(plugin(), {});
  return {
    records,
    move: async (...next) => {
      addresses = next;
      await carrier?.retarget();
    },
    state: () => watch!.state(),
  };
};
