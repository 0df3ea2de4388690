import { definePlugin, type PluginFactory } from '@ci-runner/core';
import { findHaproxy } from './haproxy/find-haproxy.ts';
import { openForwards, type OpenForwards } from './open-forwards.ts';
import { optionsSchema, type ForwardOptions } from './settings/options.ts';
import { planForwards } from './settings/plan-forwards.ts';
import { variablesSchema } from './settings/variables.ts';
import { samplesOf, statusItem } from './status/report.ts';

/** Makes the ports FORWARD_PORTS of the hosts FORWARD_HOST appear on localhost before anything else is prepared. */
export const forward: PluginFactory<ForwardOptions | undefined> = definePlugin({
  name: 'forward',
  options: optionsSchema,
  env: variablesSchema,
  setup({ options, env, hooks }) {
    const engine = options?.engine ?? 'auto';
    const { forwards, remark } = planForwards(env, options?.hosts ?? new Map());
    const closing = new AbortController();
    let open: OpenForwards | undefined;

    hooks.verifySetup.tap(async (_config, { environment }) => {
      if (engine !== 'haproxy' || (await findHaproxy(environment)) !== undefined) return [];
      const expected = 'needs the program haproxy: install it, or take auto or embedded';
      return [{ name: 'option of forward engine', got: engine, expected }];
    });

    hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
      if (remark !== undefined) context.log.info(remark);
      if (forwards.length === 0) return;
      const { signal } = closing;
      open = await openForwards(
        { forwards, engine, listen: options?.listen, closing: signal },
        context,
      );
    });

    hooks.collectStatus.tap(() =>
      (open?.states() ?? []).map((state) => statusItem(state, open!.addressesOf)),
    );
    hooks.collectMetrics.tap((_config, { clock }) =>
      (open?.states() ?? []).flatMap((state) => samplesOf(state, clock.now())),
    );
    hooks.closeRunner.tap(() => closing.abort());
  },
});
