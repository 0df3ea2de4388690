import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An account that may run jobs: root may not. */
export const GUEST: string = process.getuid?.() === 0 ? 'nobody' : userInfo().username;

/** Makes an empty project of somebody else, outside of this checkout; it goes with the test. */
export const emptyProject = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-project-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n');
  return directory;
};
