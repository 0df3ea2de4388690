export {
  defineConfig,
  definePlugin,
  type PluginFactory,
  type RunnerConfigInput,
} from '@ci-runner/core';
export type { GuestEntrypoint, RootEntrypoint } from '@ci-runner/plugin-entrypoints';
export { stockPlugins, type StockOptions } from './stock-plugins.ts';
