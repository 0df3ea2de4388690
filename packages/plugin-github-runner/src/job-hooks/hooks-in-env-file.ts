import { join } from 'node:path';
import type { Fault } from '@ci-runner/core';
import { readGuestFile } from '../read-guest-file.ts';

const LINE = /^(?<name>ACTIONS_RUNNER_HOOK_JOB_(?:STARTED|COMPLETED))=(?<value>.*)$/;

/**
 * The job hooks that the actions-runner's `.env` sets. Its Listener takes them instead of those of its environment, an empty
 * one too, so that ours would never be called (actions/runner, Program.cs).
 */
export const findHooksInEnvFile = async (directory: string): Promise<readonly Fault[]> => {
  const path = join(directory, '.env');
  const text = (await readGuestFile(path).catch(() => undefined)) ?? '';
  return text.split(/\r?\n/).flatMap((line, index) => {
    const { name, value } = LINE.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined) return [];
    const expected =
      `is set in ${path}, line ${index + 1}, where it would replace the hook by which jobs are reported: remove that ` +
      `line and set ${name} as a variable of the container, which runs after ours`;
    return [{ name, got: value, expected }];
  });
};
