import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  ssr: { resolve: { conditions: ['ci-runner-source'] } },
  test: {
    maxWorkers: 2,
    // Conditions are waited for, never moments; a busy machine may take its time.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 30_000,
          include: ['packages/*/src/**/*.test.ts'],
          typecheck: {
            enabled: true,
            include: ['packages/*/src/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/tests/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'publishing',
          include: ['publishing/**/*.test.ts'],
          globalSetup: 'publishing/release-packages.ts',
          // Registries are asked.
          testTimeout: 300_000,
        },
      },
    ],
    restoreMocks: true,
    unstubEnvs: true,
  },
};

export default config;
