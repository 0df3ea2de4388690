import { defineConfig, stockPlugins } from 'ci-runner';
import { freeSpace } from './plugins/free-space.ts';

// The environment overrides what stands here, such as GH_LABELS the labels.
export default defineConfig({
  labels: ['linux', 'x64', 'make'],
  plugins: [...stockPlugins({ ciStorage: { exclude: ['*.log'] } }), freeSpace({ megabytes: 100 })],
});
