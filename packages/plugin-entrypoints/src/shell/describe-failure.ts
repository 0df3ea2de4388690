import type { ProcessExit } from '@ci-runner/core';
import type { FailedCommand } from './driver-events.ts';

/** What is known of a shell that ended before its scripts did. */
export interface ShellFailure {
  /** The script that ran; undefined before the first and after the last. */
  readonly script: string | undefined;
  readonly exit: ProcessExit;
  /** The command that failed, where the shell's ERR trap saw it. */
  readonly failed: FailedCommand | undefined;
  /** What bash itself printed on the script, without its path, such as `line 3: syntax error: …`. */
  readonly complaint: string | undefined;
  /** The last line of standard error while the script ran, or where none did. */
  readonly lastError: string | undefined;
}

const describeCommand = (script: string, failed: FailedCommand): string => {
  const place = failed.source === script ? '' : `${failed.source}, `;
  const command = JSON.stringify(failed.command);
  return `${place}line ${failed.line}: ${command} failed with exit code ${failed.code}`;
};

const afterLine = (lastError: string | undefined): string =>
  lastError === undefined ? '' : `, after ${JSON.stringify(lastError)}`;

const describeEnd = (
  script: string,
  { exit, failed, complaint, lastError }: ShellFailure,
): string => {
  if (exit.signal !== null) return `the shell was ended by ${exit.signal}`;
  if (failed?.source) return describeCommand(script, failed);
  const code = `exit code ${exit.code}`;
  if (complaint !== undefined) return `${complaint} (${code})`;
  if (failed) {
    return `returned ${failed.code}: a script's last command, such as [ … ] && …, decides that; end it with true`;
  }
  return `the shell ended with ${code}${afterLine(lastError)}: by exit or exec, where return would end the script alone, or by a command that failed while a script's own ERR trap was set`;
};

/** Says in one sentence which script failed, where and why. */
export const describeFailure = (failure: ShellFailure): string => {
  const { script, exit, lastError } = failure;
  if (script === undefined) {
    const end = exit.signal ?? `exit code ${exit.code}`;
    return `The shell of the entrypoint scripts ended with ${end} outside of any script${afterLine(lastError)}`;
  }
  return `${script}: ${describeEnd(script, failure)}`;
};
