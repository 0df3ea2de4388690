import { systemEffects } from '@ci-runner/core';
import {
  installActionsRunner,
  startGitHub,
  type EmbeddedGitHub,
  type GitHubOptions,
} from '@ci-runner/sandbox';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { endProcesses, MARKER } from '../src/rehearse/leftovers.ts';
import { readableNode } from '../src/rehearse/readable-node.ts';
import type { Running } from './run-command.ts';
import { makePlace, type Place } from './supervised.ts';

const GITHUB_RUNNER = `
  import { githubRunner } from '@ci-runner/plugin-github-runner';
  import { defineConfig } from 'ci-runner';
  export default defineConfig({ plugins: [githubRunner()] });`;

/** A place for supervisors of GitHub's runner. */
export interface GitHubPlace {
  readonly place: Place;
  readonly github: EmbeddedGitHub;
  /** Where the stand-in of the actions-runner is. */
  readonly runner: string;
  readonly start: (environment?: Readonly<Record<string, string>>) => Running;
}

/** Makes a place with a GitHub; all of it ends with the test. */
export const makeGitHubPlace = async (
  config: string = GITHUB_RUNNER,
  options: GitHubOptions = {},
): Promise<GitHubPlace> => {
  const { users } = systemEffects;
  const guest =
    users.current().uid === 0 ? ((await users.find('nobody')) ?? users.current()) : users.current();
  const place = await makePlace(config);
  const github = await startGitHub(options);
  onTestFinished(async () => github.close());
  const runner = join(place.directory, 'actions-runner');
  await installActionsRunner(runner, {
    owner: { uid: guest.uid, gid: guest.gid },
    node: await readableNode(guest, place.directory),
  });
  const workDir = join(place.directory, 'work');
  await mkdir(workDir);
  if (guest.uid !== process.getuid?.()) await chown(workDir, guest.uid, guest.gid);
  return {
    place,
    github,
    runner,
    start: (environment = {}) => {
      const running = place.start({
        [MARKER]: place.directory,
        TMPDIR: place.directory,
        GH_TOKEN: github.token,
        GH_HOST: github.url,
        GH_REPOSITORY: 'octo/app',
        GH_LABELS: 'linux',
        GH_RUNNER_DIRECTORY: runner,
        CI_RUNNER_USER: guest.name,
        CI_RUNNER_WORK_DIR: workDir,
        ...environment,
      });
      onTestFinished(async () => endProcesses(place.directory));
      return running;
    },
  };
};
