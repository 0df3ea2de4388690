// What the stock image runs: everything is set by variables. A derived image puts its own file in this place.
import { defineConfig, stockPlugins } from 'ci-runner';

export default defineConfig({ plugins: stockPlugins() });
