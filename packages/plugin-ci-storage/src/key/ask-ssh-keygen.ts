import { isRunnerError, type TapContext } from '@ci-runner/core';

/** ssh-keygen wants a file; the key is never written to one before it is known to be good. */
const SCRIPT = "cat | exec ssh-keygen -y -P '' -f /dev/stdin";

/** Its words about the key itself, in contrast to those about reading it. */
const VERDICT = /^Load key .*: (?!No such file|Permission denied)(?<why>.+)$/;

/** Resolves to what ssh-keygen has against the key; undefined when it takes it, or when there is no ssh-keygen. */
export const askSshKeygen = async (
  context: TapContext,
  key: string,
): Promise<string | undefined> => {
  let why: string | undefined;
  try {
    const asked = await context.spawn({
      command: 'sh',
      args: ['-c', SCRIPT],
      what: 'ssh-keygen',
      env: { ...context.environment, LC_ALL: 'C' },
      user: context.guest,
      writable: true,
      onLine: (line) => (why ??= VERDICT.exec(line.trim())?.groups?.['why']),
    });
    // One that ends without reading says why by its exit code.
    asked.stdin?.on('error', () => {});
    asked.stdin?.end(key);
    const { code } = await asked.exited;
    return code === 0 ? undefined : why;
  } catch (error) {
    if (isRunnerError(error) && error.code === 'PROCESS_FAILED') return undefined;
    throw error;
  }
};
