import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeCommand, runToEnd } from './node-command.ts';

const canUnshare = async (...flags: string[]): Promise<boolean> =>
  runToEnd(['unshare', ...flags, 'true']).then(
    () => true,
    () => false,
  );

const PID_NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];

describe.skipIf(!(await canUnshare('--mount')))('the switch of users', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ci-runner-accounts-'));
    await writeFile(join(directory, 'passwd'), 'octo:x:23456:23457::/tmp:/bin/sh\n');
    await writeFile(join(directory, 'group'), 'octo:x:23457:\ndocker:x:23999:octo\n');
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  /** The lines of a process that `octo` runs, on a machine that has this account. */
  const runAsOcto = async (spec: object): Promise<string[]> => {
    const program = `
      import { systemEffects } from 'CORE/effects/effects.ts';
      const user = await systemEffects.users.find('octo');
      const spec = { env: { PATH: process.env.PATH }, ...${JSON.stringify(spec)}, user };
      const managed = await systemEffects.processes.spawn({ ...spec, onLine: (line) => console.log(line) });
      const { code } = await managed.exited;
      console.log('exit ' + code);
    `;
    const mounts = `mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"`;
    const command = ['unshare', '--mount', 'sh', '-c', mounts, directory, ...nodeCommand(program)];
    const { stdout } = await runToEnd(command);
    return stdout.trimEnd().split('\n');
  };

  test('keeps the supplementary groups, and says who it is', async () => {
    const args = ['-c', 'id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"'];
    expect(await runAsOcto({ command: 'sh', args })).toEqual([
      '23456',
      '23457',
      '23457 23999',
      '/tmp octo octo',
      'exit 0',
    ]);
  });

  test('runs no program from the PATH and loads no library as root', async () => {
    const setpriv = join(directory, 'setpriv');
    await writeFile(setpriv, '#!/bin/sh\necho stolen\n', { mode: 0o755 });
    const env = {
      PATH: `${directory}:${process.env['PATH']}`,
      // The loader says on stderr that it cannot load it, each time a program starts with this variable.
      LD_PRELOAD: '/no/such/library.so',
    };
    const lines = await runAsOcto({ command: 'sh', args: ['-c', 'echo "$LD_PRELOAD"'], env });
    expect(lines).not.toContain('stolen');
    expect(lines).toContain(env.LD_PRELOAD);
    const complaints = lines.filter((line) => line.includes('cannot be preloaded'));
    // One for sh, which octo runs.
    expect(complaints.length).toBe(1);
  });
});

describe.skipIf(!(await canUnshare(...PID_NAMESPACE)))(
  'a process group whose number is reused',
  () => {
    test('gets no signals that were meant for the one before', async () => {
      const program = `
      import { writeFileSync } from 'node:fs';
      import { systemEffects } from 'CORE/effects/effects.ts';
      const env = { PATH: process.env.PATH };
      const spawn = (command, ...args) => systemEffects.processes.spawn({ command, args, env });
      const first = await spawn('true');
      await first.exited;
      let second;
      do {
        second?.kill('SIGKILL');
        await second?.exited;
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.pid - 1));
        second = await spawn('sleep', '600');
      } while (second.pid !== first.pid);
      first.killGroup('SIGKILL');
      const ended = await Promise.race([second.exited, new Promise((r) => setTimeout(r, 200))]);
      console.log(ended === undefined ? 'alive' : 'killed');
      second.killGroup('SIGKILL');
    `;
      const { stdout } = await runToEnd(['unshare', ...PID_NAMESPACE, ...nodeCommand(program)]);
      expect(stdout).toBe('alive\n');
    });
  },
);
