import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CI_RUNNER, startCommand } from './run-command.ts';
import { makePlace } from './supervised.ts';

/** A runner that ends by itself once it is registered. */
const CONFIG = `
  import { join } from 'node:path';
  import { defineConfig, definePlugin } from 'ci-runner';
  import { ciStorage } from '@ci-runner/plugin-ci-storage';
  const standIn = definePlugin({
    name: 'stand-in',
    setup({ hooks, log }) {
      hooks.resolveRegistration.tap(() => ({ id: 7, name: 'octo-1', labels: ['linux'] }));
      hooks.resolveServed.tap((registration) => {
        log.info('it serves');
        return { registration, reason: 'finished' };
      });
      hooks.resolveNext.tap(() => 'stop');
    },
  });
  export default defineConfig({
    repository: 'octo/app',
    workDir: join(import.meta.dirname, 'work'),
    cacheDir: join(import.meta.dirname, 'cache'),
    plugins: [ciStorage({ connectSeconds: 0.1 }), standIn()],
  });
`;

/** Runs a command where `/run` is empty but for an empty directory in the place of the storage key's file. */
const WITHOUT_KEY = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /run && mkdir -p /run/secrets/CI_STORAGE_PRIVATE_KEY && exec "$@"',
  'sh',
] as const;

const canMount = (): boolean => {
  try {
    execFileSync(WITHOUT_KEY[0], [...WITHOUT_KEY.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!canMount())(
  'a key that Docker mounted as an empty directory lets the runner start cold, with the reason',
  async () => {
    const place = await makePlace(CONFIG);
    const { finished } = startCommand([...WITHOUT_KEY, ...CI_RUNNER, 'start'], {
      CI_RUNNER_CONTROL_SOCKET: place.socket,
      CI_RUNNER_CONFIG: `${place.directory}/ci-runner.config.ts`,
      CI_RUNNER_USER: 'nobody',
      CI_STORAGE_HOST: 'ci@127.0.0.1:1',
    });
    const { code, stdout, stderr } = await finished;
    expect(code).toBe(0);
    const output = stdout + stderr;
    expect(output).toMatch(
      /CI_STORAGE_PRIVATE_KEY: \/run\/secrets\/CI_STORAGE_PRIVATE_KEY is an empty directory, as Docker makes one/,
    );
    expect(output).toContain('the runner starts cold');
    expect(output).toContain('it serves');
  },
);
