import { runProgram, type Finished, type Program } from '../processes/run-program.ts';
import type { StartProcess } from '../processes/start-process.ts';
import { StorageError } from '../storage-error.ts';
import { explainFailure } from './explain-failure.ts';
import { MARK } from './scripts/preamble.ts';

/** Where scripts run. */
export interface ScriptHost {
  readonly start: StartProcess;
  /** Where that is, for people. */
  readonly place: string;
  /** The command line that runs a POSIX sh script there. */
  readonly shell: (script: string, args: readonly string[]) => Pick<Program, 'command' | 'args'>;
}

/** How a script runs. */
export interface ScriptLimits {
  readonly limitMs: number;
  /** What could not be done when the limit passes, such as `list its slots`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs the Perl script that is its first argument. */
const RUN_PERL = `script=$1
shift
command -v perl >/dev/null || { echo 'sh: perl: not found' >&2; exit 127; }
exec perl -e "$script" -- "$@"`;

const answerOf = (lines: readonly string[], place: string, what: string): readonly string[] => {
  const marked = lines.indexOf(MARK);
  if (marked !== -1) return lines.slice(marked + 1);
  const shown = lines.find((line) => line.trim() !== '');
  const instead = shown === undefined ? 'printed nothing' : `printed ${JSON.stringify(shown)}`;
  throw new StorageError(
    `${place} did not ${what}: it ${instead}`,
    'give the account of the storage a shell that runs what ssh asks for',
  );
};

const assertInTime = ({ timedOut }: Finished, place: string, limits: ScriptLimits): void => {
  if (!timedOut) return;
  throw new StorageError(
    `${place} did not ${limits.what} within ${limits.limitMs / 1_000} s`,
    'look at the network, and at the load and the disks there',
  );
};

/**
 * Runs one of our Perl scripts where the storage is; resolves to the lines of its answer.
 *
 * @throws StorageError when it fails, takes too long or something else ran there.
 */
export const runScript = async (
  { start, place, shell }: ScriptHost,
  script: string,
  args: readonly string[],
  limits: ScriptLimits,
): Promise<readonly string[]> => {
  const { limitMs, signal } = limits;
  const program = shell(RUN_PERL, [script, ...args]);
  const finished = await runProgram(start, { ...program, limitMs, signal });
  assertInTime(finished, place, limits);
  if (finished.exit.code !== 0) throw explainFailure(program.command, place, finished, 'script');
  return answerOf(finished.stdout, place, limits.what);
};
