import type { UserConfig } from 'tsdown';
import { thirdPartyLicenses } from './packages/ci-runner/build/third-party-licenses.ts';

/** Besides `src/index.ts`: commands, and programs that are started as processes or threads of their own. */
const ENTRIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The command bundles the forwards and the entrypoints, so their programs must lie beside it.
  'ci-runner': {
    'bin/ci-runner': 'src/bin/ci-runner.ts',
    'embedded/relay-thread': '../plugin-forward/src/embedded/relay-thread.ts',
    'bin/guest-host': '../plugin-entrypoints/src/bin/guest-host.ts',
  },
  'create-plugin': { 'bin/create-plugin': 'src/bin/create-plugin.ts' },
  'plugin-ci-storage': { library: 'src/library.ts', 'bin/ci-storage': 'src/bin/ci-storage.ts' },
  'plugin-entrypoints': { 'bin/guest-host': 'src/bin/guest-host.ts' },
  'plugin-cloudwatch': { aws: 'src/aws/index.ts' },
  'plugin-forward': { 'embedded/relay-thread': 'src/embedded/relay-thread.ts' },
  sandbox: {
    'actions-runner/program/listener': 'src/actions-runner/program/listener.ts',
    'actions-runner/program/worker': 'src/actions-runner/program/worker.ts',
  },
};

const shared: UserConfig = {
  platform: 'node',
  format: 'esm',
  dts: true,
  deps: { onlyBundle: [] },
  publint: true,
  attw: { enabled: true, profile: 'esm-only' },
  failOnWarn: true,
};

/**
 * The command bundles what it boots with: one file instead of some 300 halves the time until it runs, and saves 13 MB. The
 * library shares the command's chunks, so that a configuration file's `import 'ci-runner'` loads nothing twice. The
 * sandbox stays outside, because it copies files of its own package, and only rehearsals load it.
 */
const BUNDLED: UserConfig = {
  deps: {
    alwaysBundle: [/^(?!@ci-runner\/sandbox$)/],
    onlyBundle: false,
    dts: { alwaysBundle: [], neverBundle: true },
  },
  plugins: [thirdPartyLicenses()],
  // From source, so that the packages need not be built in any order.
  inputOptions: { resolve: { conditionNames: ['ci-runner-source', 'node', 'import', 'default'] } },
};

const packages = [
  'core',
  'sandbox',
  'plugin-ci-storage',
  'plugin-cloudwatch',
  'plugin-entrypoints',
  'plugin-forward',
  'plugin-github-runner',
  'create-plugin',
  'ci-runner',
];

const config: UserConfig[] = packages.map((name) => ({
  ...shared,
  cwd: `packages/${name}`,
  entry: { index: 'src/index.ts', ...ENTRIES[name] },
  ...(name === 'ci-runner' ? BUNDLED : {}),
}));

export default config;
