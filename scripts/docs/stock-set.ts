import { createRunner, type HookTaps, type Plugin } from '../../packages/core/src/index.ts';
import { stockPlugins } from '../../packages/ci-runner/src/stock-plugins.ts';

/** Enough to set all plugins of the stock set up; nothing is called. */
const ENVIRONMENT = { GH_TOKEN: 'token' };

/** The stock set with its defaults. */
export const stock = (): readonly Plugin[] => stockPlugins();

/** The hooks in order, with the taps of the stock set. @throws Error when a plugin cannot be set up. */
export const stockTaps = async (): Promise<readonly HookTaps[]> => {
  const runner = createRunner({
    config: { plugins: stock() },
    environment: ENVIRONMENT,
    write: () => {},
  });
  const { hooks, faults } = await runner.taps();
  if (faults[0]) throw new Error(`the stock set cannot be set up: ${JSON.stringify(faults)}`);
  return hooks;
};
