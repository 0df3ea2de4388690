import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { installActionsRunner, startGitHub } from '../src/index.ts';
import { rest } from './runner-client.ts';

const run = promisify(execFile);

it('offers an archive that has the announced checksum and unpacks to the announced version', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const { body } = await rest(github, '/downloads');
  expect(body).toMatchObject([
    { os: 'linux', architecture: 'x64', filename: expect.stringMatching(/linux-x64-.*\.tar\.gz$/) },
    { os: 'linux', architecture: 'arm64' },
  ]);
  const { download_url, filename, sha256_checksum } = body[0];
  const archive = Buffer.from(await (await fetch(download_url)).arrayBuffer());
  expect(createHash('sha256').update(archive).digest('hex')).toBe(sha256_checksum);

  const directory = await mkdtemp(join(tmpdir(), 'runner-download-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, filename), archive);
  await run('tar', ['-xzf', filename], { cwd: directory });
  const { stdout } = await run(join(directory, 'bin/Runner.Listener'), ['--version']);
  expect(filename).toBe(`actions-runner-linux-x64-${stdout.trim()}.tar.gz`);
});

it('offers the archive that it was given, such as one that holds the stand-in', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'runner-archive-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await installActionsRunner(join(directory, 'runner'));
  await run('tar', ['-C', 'runner', '-czf', 'runner.tar.gz', '.'], { cwd: directory });
  const archive = await readFile(join(directory, 'runner.tar.gz'));
  const github = await startGitHub({ archive });
  onTestFinished(() => github.close());
  const { body } = await rest(github, '/downloads');
  const { download_url, filename, sha256_checksum } = body[0];
  const offered = Buffer.from(await (await fetch(download_url)).arrayBuffer());
  expect(offered).toEqual(archive);
  expect(createHash('sha256').update(archive).digest('hex')).toBe(sha256_checksum);
  expect(filename).toMatch(/linux-x64-/);
});
