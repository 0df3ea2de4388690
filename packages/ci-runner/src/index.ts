export {
  defineConfig,
  definePlugin,
  type PluginFactory,
  type RunnerConfigInput,
} from '@ci-runner/core';
export { stockPlugins, type StockOptions } from './stock-plugins.ts';
