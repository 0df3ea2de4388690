import { systemEffects } from '@ci-runner/core';
import { installActionsRunner, startGitHub } from '@ci-runner/sandbox';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endProcesses, MARKER } from '../src/rehearse/leftovers.ts';
import { readableNode } from '../src/rehearse/readable-node.ts';
import { makePlace } from './supervised.ts';

const GITHUB_RUNNER = `
  import { githubRunner } from '@ci-runner/plugin-github-runner';
  import { defineConfig } from 'ci-runner';
  export default defineConfig({ plugins: [githubRunner()] });`;

test('GitHub’s runner and its job are seen from outside, and a drain waits for the job', async () => {
  const { users } = systemEffects;
  const guest =
    users.current().uid === 0 ? ((await users.find('nobody')) ?? users.current()) : users.current();
  const place = await makePlace(GITHUB_RUNNER);
  const github = await startGitHub();
  onTestFinished(async () => github.close());
  const runner = join(place.directory, 'actions-runner');
  await installActionsRunner(runner, {
    owner: { uid: guest.uid, gid: guest.gid },
    node: await readableNode(guest, place.directory),
  });
  const workDir = join(place.directory, 'work');
  await mkdir(workDir);
  if (guest.uid !== process.getuid?.()) await chown(workDir, guest.uid, guest.gid);
  const { finished } = place.start({
    [MARKER]: place.directory,
    TMPDIR: place.directory,
    GH_TOKEN: github.token,
    GH_HOST: github.url,
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'linux',
    GH_RUNNER_DIRECTORY: runner,
    CI_RUNNER_USER: guest.name,
    CI_RUNNER_WORK_DIR: workDir,
  });
  onTestFinished(async () => endProcesses(place.directory));
  await place.reaches('serve');
  const name = github.runners()[0]?.name ?? '';
  expect((await place.run('status')).stdout).toMatch(
    new RegExp(`^runner +${name}, id \\d+, .*linux`, 'm'),
  );

  const go = join(place.directory, 'go');
  const job = github.queueJob({
    name: 'build',
    repository: 'octo/app',
    labels: ['linux'],
    steps: [{ name: 'wait', run: `until [ -e ${go} ]; do sleep 0.05; done` }],
  });
  await expect.poll(async () => (await place.run('status')).stdout).toMatch(/^job +build, for /m);
  expect((await place.run('drain', '--reason', 'the test')).code).toBe(0);
  await place.reaches('drain');
  const { code, stdout } = await place.run('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^job +build, for /m);
  expect(stdout).toMatch(/^drain +the test, for /m);

  await writeFile(go, '');
  expect(await job.completed).toMatchObject({ result: 'Succeeded' });
  expect((await finished).code).toBe(0);
  expect(github.runners()).toEqual([]);
});
