import type { RunnerStatus } from '@ci-runner/core';
import { writeRunnerKnobs } from '@ci-runner/sandbox';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeGitHubPlace, type GitHubPlace } from './supervised-github.ts';

interface Seen {
  /** The exit status of the command. */
  readonly code: number | null;
  readonly phase: string | undefined;
  readonly listener: Readonly<Record<string, unknown>> | undefined;
}

const look = async ({ place }: GitHubPlace): Promise<Seen> => {
  const { code, stdout } = await place.run('status', '--json');
  const status = stdout === '' ? undefined : (JSON.parse(stdout) as RunnerStatus);
  const items = status?.plugins['github-runner']?.items ?? [];
  const item = items.find(({ name }) => name === 'listener');
  return { code, phase: status?.phase, listener: item && { healthy: item.healthy, ...item.facts } };
};

/** Looks until `found`; the test's own time-out ends it in vain. */
const lookUntil = async (
  scene: GitHubPlace,
  found: (seen: Seen) => boolean | undefined,
): Promise<Seen> => {
  for (;;) {
    const seen = await look(scene);
    if (found(seen)) return seen;
  }
};

/** Puts a shell script in the place of the Listener's `run`. */
const replaceRun = async ({ runner }: GitHubPlace, script: string): Promise<void> => {
  const path = join(runner, 'bin/Runner.Listener');
  await rename(path, `${path}.real`);
  const text = `#!/bin/sh\n[ "$1" = run ] || exec '${path}.real' "$@"\n${script}\n`;
  await writeFile(path, text, { mode: 0o755 });
};

describe('ci-runner status exits with 0', { timeout: 60_000 }, () => {
  test('while GitHub keeps it from its boot', async () => {
    const scene = await makeGitHubPlace();
    scene.github.faults.add({ answer: 'reset' });
    const { finished } = scene.start();
    const seen = await lookUntil(scene, ({ phase }) => phase === 'register');
    expect(seen).toEqual({ code: 0, phase: 'register', listener: undefined });
    await scene.place.run('drain');
    expect((await finished).code).toBe(0);
  });

  test('while it serves, while GitHub is down, during a job, and while it drains', async () => {
    const scene = await makeGitHubPlace();
    const { github, place, runner } = scene;
    // A Listener that met an outage waits for half a minute.
    await writeRunnerKnobs(runner, { timeScale: 0.01 });
    const { finished } = scene.start();
    const serving = await lookUntil(scene, ({ listener }) => listener?.['runs'] === true);
    expect(serving).toMatchObject({ code: 0, phase: 'serve', listener: { healthy: true } });

    const outage = github.faults.add({ answer: 'reset' });
    expect((await look(scene)).code).toBe(0);
    outage.remove();

    const go = join(place.directory, 'go');
    const run = `until [ -e ${go} ]; do sleep 0.05; done`;
    const job = github.queueJob({ name: 'build', labels: ['linux'], steps: [{ run }] });
    const busy = await lookUntil(scene, ({ listener }) => listener?.['job'] === 'build');
    expect(busy).toMatchObject({ code: 0, listener: { healthy: true, runs: true } });

    await place.run('drain');
    const draining = await lookUntil(scene, ({ phase }) => phase === 'drain');
    expect(draining).toMatchObject({ code: 0, listener: { healthy: true } });
    await writeFile(go, '');
    expect((await job.completed).result).toBe('Succeeded');
    expect((await finished).code).toBe(0);
  });

  test('while a Listener that failed waits for its next start', async () => {
    const scene = await makeGitHubPlace();
    await replaceRun(scene, 'exit 2');
    const { finished } = scene.start();
    const waiting = await lookUntil(
      scene,
      ({ listener }) => Number(listener?.['failures']) >= 3 && listener?.['runs'] === false,
    );
    expect(waiting).toMatchObject({ code: 0, phase: 'serve', listener: { healthy: true } });
    await scene.place.run('drain');
    expect((await finished).code).toBe(0);
  });
});

test(
  'it exits with 1 when the Listener cannot recover, and says why',
  { timeout: 60_000 },
  async () => {
    const scene = await makeGitHubPlace();
    const { github, place } = scene;
    await replaceRun(
      scene,
      `echo "An error occurred: Access to the path '/work' is denied." >&2; exit 1`,
    );
    // The close waits for it, so that there is somebody to ask.
    github.faults.add({ match: { method: 'DELETE' }, answer: 'reset' });
    scene.start();
    const { listener } = await lookUntil(scene, ({ code }) => code === 1);
    expect(listener).toMatchObject({
      healthy: false,
      runs: false,
      cannotRecover: expect.stringContaining('no access to its work directory') as string,
    });
    expect((await place.run('status')).stdout).toMatch(
      /listener is NOT healthy, .*no access to its work directory/,
    );
  },
);
