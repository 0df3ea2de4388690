import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunner, definePlugin } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { githubRunner } from '../src/index.ts';
import { makeLightMachine } from './light-machine.ts';
import { eventually } from './machine.ts';

test.each(['prepareWorkspace', 'resolveRegistration'] as const)(
  'an actions-runner that is asked for its version when %s fails is not said to fail',
  async (hook) => {
    const { guest, cacheDir, root, folder } = await makeLightMachine();
    const asked = join(folder, 'guest', 'asked');
    await mkdir(join(folder, 'guest'));
    await chmod(join(folder, 'guest'), 0o777);
    await mkdir(join(root, 'bin'));
    await chmod(root, 0o755);
    const listener = `#!/bin/sh\ntouch '${asked}'\nexec sleep 600\n`;
    await writeFile(join(root, 'bin/Runner.Listener'), listener, { mode: 0o755 });
    const failing = definePlugin({
      name: 'failing',
      setup: ({ hooks }) => {
        hooks[hook].tap({ stage: 'early' }, async () => {
          await eventually(() => existsSync(asked) || undefined);
          throw new Error('no disk');
        });
      },
    });
    const lines: string[] = [];
    const { error } = await createRunner({
      config: { plugins: [githubRunner(), failing()] },
      environment: {
        PATH: process.env['PATH'],
        CI_RUNNER_USER: guest,
        CI_RUNNER_CACHE_DIR: cacheDir,
        GH_RUNNER_DIRECTORY: root,
        GH_REPOSITORY: 'octo/app',
        GH_LABELS: 'linux',
        GH_TOKEN: 'ghp_0123456789',
      },
      write: (line) => lines.push(line),
    }).run();
    expect(error?.message).toContain('no disk');
    expect(lines.join('')).not.toMatch(/does not start|is not replaced/);
  },
);
