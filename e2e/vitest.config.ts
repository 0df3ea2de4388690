import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  ssr: { resolve: { conditions: ['ci-runner-source'] } },
  test: {
    root: import.meta.dirname,
    include: ['cases/**/*.test.ts'],
    globalSetup: ['./global-setup.ts'],
    maxWorkers: 2,
    // Conditions are waited for, never moments; a busy machine may take its time.
    expect: { poll: { timeout: 60_000, interval: 100 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
};

export default config;
