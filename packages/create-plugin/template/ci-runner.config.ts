import { defineConfig, stockPlugins } from 'ci-runner';
import { myPlugin } from './src/index.ts';

/** What `npm run rehearse` boots. */
export default defineConfig({ plugins: [...stockPlugins(), myPlugin()] });
