import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/run-step.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { runImage } from '../../drivers/docker-driver.ts';

const readVersion = async (): Promise<string> => {
  const manifest = await readFile(join(ROOT, 'packages/ci-runner/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

describe.runIf(hasEngine())('the words after the name of the image', () => {
  test('run our commands', async () => {
    const stdout = `${await readVersion()}\n`;
    expect(await runImage(['--version'])).toMatchObject({ code: 0, stdout });
    expect(await runImage(['status'])).toMatchObject({ code: 75 });
    expect(await runImage(['drain', '--nonsense'])).toMatchObject({ code: 64 });
    expect((await runImage(['hooks'])).stdout).toMatch(/^prepareSystem$/m);
  });

  test('run any other program as it is given', async () => {
    const printed = await runImage(['printf', '<%s>', 'a b', '$HOME', '--help']);
    expect(printed).toMatchObject({ code: 0, stdout: '<a b><$HOME><--help>' });
    expect(await runImage(['sh', '-c', 'exit 7'])).toMatchObject({ code: 7 });
    expect(await runImage(['id', '-un'])).toMatchObject({ code: 0, stdout: 'root\n' });
  });

  test('rehearse the image without any account, and say what was played', async () => {
    const { code, stdout } = await runImage(['rehearse']);
    expect(stdout).toContain('not here: sshd');
    expect(stdout).toContain('haproxy');
    expect(stdout).toContain('ok: nothing left behind');
    expect(code).toBe(0);
  });

  test('find directories of root’s with the modes of the base image', async () => {
    const { stdout } = await runImage([
      'stat',
      '-c',
      '%a %U %n',
      '/root',
      '/etc/ci-runner',
      '/usr/bin',
    ]);
    expect(stdout).toBe('700 root /root\n755 root /etc/ci-runner\n755 root /usr/bin\n');
  });

  test('find the library that newer Nodes of jobs are linked to', async () => {
    const { stdout } = await runImage(['ldconfig', '--print-cache']);
    expect(stdout).toContain('libatomic.so.1');
  });

  test('find none of our Node on PATH, and the programs that the image is to have', async () => {
    const programs =
      'ci-runner ci-storage tini haproxy ssh rsync curl sudo gosu git python3 jq zstd unzip setpriv';
    const looked = await runImage([
      'sh',
      '-c',
      `command -v ${programs.replaceAll(' ', ' && command -v ')}`,
    ]);
    expect(looked.code).toBe(0);
    expect(looked.stdout.split('\n')).toHaveLength(programs.split(' ').length + 1);
    const ours = 'for program in node npm npx; do command -v $program; done';
    expect(await runImage(['sh', '-c', ours])).toMatchObject({ stdout: '', stderr: '' });
  });
});
