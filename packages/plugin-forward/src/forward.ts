import { definePlugin, type PluginFactory } from '@ci-runner/core';
import * as z from 'zod';
import { findHaproxy } from './haproxy/find-haproxy.ts';
import { openForwards } from './open-forwards.ts';
import { forwardHost } from './parse-host.ts';
import { forwardPorts } from './parse-ports.ts';

/** The options of {@link forward}. */
export interface ForwardOptions {
  /**
   * What carries TCP. `haproxy` must be installed for the choice of that name; `embedded` is a relay inside the
   * supervisor; `auto` is haproxy where it is installed, else the relay. UDP always goes through the relay.
   *
   * @default 'auto'
   */
  engine?: 'auto' | 'haproxy' | 'embedded';
}

/** Makes the ports FORWARD_PORTS of the host FORWARD_HOST appear on localhost before anything else is prepared. */
export const forward: PluginFactory<ForwardOptions | undefined> = definePlugin({
  name: 'forward',
  options: z
    .strictObject({
      engine: z
        .enum(['auto', 'haproxy', 'embedded'], 'takes auto, haproxy or embedded')
        .default('auto'),
    })
    .optional(),
  env: z.object({ FORWARD_HOST: forwardHost.optional(), FORWARD_PORTS: forwardPorts.optional() }),
  setup({ options, env, hooks }) {
    const engine = options?.engine ?? 'auto';
    const host = env.FORWARD_HOST;
    const forwards = env.FORWARD_PORTS ?? [];
    const closing = new AbortController();

    hooks.verifySetup.tap(async (_config, { environment }) => {
      if (engine !== 'haproxy' || (await findHaproxy(environment)) !== undefined) return [];
      const expected = 'needs the program haproxy: install it, or take auto or embedded';
      return [{ name: 'option of forward engine', got: engine, expected }];
    });

    hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
      if (host !== undefined && forwards.length > 0) {
        await openForwards({ host, forwards, engine, closing: closing.signal }, context);
      } else if (host !== undefined || forwards.length > 0) {
        const [set, missing] = host === undefined ? ['PORTS', 'HOST'] : ['HOST', 'PORTS'];
        context.log.info(`FORWARD_${set} without FORWARD_${missing}: nothing is forwarded`);
      }
    });

    hooks.closeRunner.tap(() => closing.abort());
  },
});
