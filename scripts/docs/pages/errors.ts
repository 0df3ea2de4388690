import { catalogue, type ErrorCode } from '../../../packages/core/src/index.ts';
import { page } from '../markdown.ts';

type ExitCode = (typeof catalogue)[ErrorCode]['exitCode'];

const GROUPS: Readonly<Record<ExitCode, string>> = {
  78: 'Exit code 78: a setting is at fault',
  75: 'Exit code 75: something outside failed',
  70: 'Exit code 70: something inside failed',
};

const entry = (code: ErrorCode): string => `### ${code}\n\n${catalogue[code].cure}`;

/** Every error code with its cure. */
export const errorsPage = (): string => {
  const codes = Object.keys(catalogue) as ErrorCode[];
  const groups = ([78, 75, 70] as const).map((exitCode) => {
    const own = codes.filter((code) => catalogue[code].exitCode === exitCode);
    return [`## ${GROUPS[exitCode]}`, ...own.map(entry)].join('\n\n');
  });
  return page(
    'Errors',
    'A command that fails prints what failed, and what to do about it; `start` logs it, with the code in the field `code` of `LOG_FORMAT=json`. The code decides the exit code, as sysexits.h has them.',
    ...groups,
  );
};
