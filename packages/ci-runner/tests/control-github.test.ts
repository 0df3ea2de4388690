import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeGitHubPlace } from './supervised-github.ts';

test('GitHub’s runner and its job are seen from outside, and a drain waits for the job', async () => {
  const scene = await makeGitHubPlace();
  const { place, github } = scene;
  const { finished } = scene.start();
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
