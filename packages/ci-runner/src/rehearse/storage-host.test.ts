import { systemEffects } from '@ci-runner/core';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram } from './find-program.ts';
import { startStorageHost } from './storage-host.ts';

const PATH = process.env['PATH'] ?? '/usr/bin:/bin';
const { users } = systemEffects;
const sshd = findProgram('sshd', PATH);
const nobody = await users.find('nobody');

test.runIf(users.current().uid === 0 && sshd !== undefined && nobody !== undefined)(
  'there is none for an account without a shell, which sshd refuses',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'storage-'));
    try {
      await chmod(directory, 0o755);
      const host = await startStorageHost({
        sshd: sshd ?? '',
        directory: join(directory, 'sshd'),
        environment: { PATH },
        account: nobody ?? users.current(),
      });
      await host?.close();
      expect(host).toBeUndefined();
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);
