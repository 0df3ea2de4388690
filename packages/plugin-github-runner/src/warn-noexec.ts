import { readFile } from 'node:fs/promises';
import type { TapContext } from '@ci-runner/core';

/** As proc_pid_mountinfo(5) writes blanks and the like. */
const unescape = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** Whether nothing can be executed in the directory, by a table of mounts (proc_pid_mountinfo(5)). */
export const isNoexec = (mounts: string, directory: string): boolean => {
  let longest = '';
  let noexec = false;
  for (const line of mounts.split('\n')) {
    const [, , , , escaped = '', options = ''] = line.split(' ');
    const point = unescape(escaped);
    const isAbove = `${directory}/`.startsWith(point.endsWith('/') ? point : `${point}/`);
    // The last one of several on the same point is the one that is seen.
    if (!isAbove || point.length < longest.length) continue;
    longest = point;
    noexec = options.split(',').includes('noexec');
  }
  return noexec;
};

/** Programs that jobs have built would fail with no more than `Permission denied`. */
export const warnNoexec = async ({ config, log }: TapContext): Promise<void> => {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  if (!isNoexec(mounts, config.workDir)) return;
  log.warn(
    `${config.workDir} is mounted noexec: jobs cannot execute what they build or check out there; a tmpfs takes the option ` +
      'exec, as in --tmpfs /mnt:exec',
  );
};
