import type { TapContext } from '@ci-runner/core';

/** sudo ignores files there whose names have a dot. */
export const DROP_IN = '/etc/sudoers.d/ci-storage';

/** By path, because it runs as root and PATH may name directories that jobs can write to. */
export const VISUDO = '/usr/sbin/visudo';

/**
 * Lets `uid` run the command as root, with an environment in which nothing of the caller's is left. Arguments are not
 * restricted here, because patterns of sudoers match blanks and further options: the command judges them itself, before
 * it does anything.
 */
export const formatSudoers = (uid: number, command: string): string => `# Written by ci-runner.
Defaults!${command} env_reset, !setenv, !env_keep, !env_check, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
#${uid} ALL=(root) NOPASSWD: ${command}
`;

/** Resolves to visudo's complaint about the text; undefined when it is good. One bad file disables all of sudo. */
export const complaintAbout = async (
  context: TapContext,
  text: string,
): Promise<string | undefined> => {
  const lines: string[] = [];
  const visudo = await context.spawn({
    command: VISUDO,
    args: ['-c', '-f', '-'],
    env: { LC_ALL: 'C' },
    writable: true,
    onLine: (line) => lines.push(line),
  });
  visudo.stdin?.on('error', () => {});
  visudo.stdin?.end(text);
  const { code } = await visudo.exited;
  return code === 0 ? undefined : lines.join(' ') || 'it failed';
};
