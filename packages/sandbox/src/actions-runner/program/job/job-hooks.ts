import { isAbsolute } from 'node:path';

/** The variables that name a job's hooks. */
export type HookKind = 'ACTIONS_RUNNER_HOOK_JOB_STARTED' | 'ACTIONS_RUNNER_HOOK_JOB_COMPLETED';

/**
 * How to run a hook: by its extension, and without the need for an exec bit. The path is not quoted on its way, so
 * one with spaces fails.
 *
 * @throws Error when the path is not absolute or is no script that the runner knows.
 */
export function hookCommand(path: string, shell: string): { file: string; args: string[] } {
  const words = path.split(' ');
  if (isAbsolute(path)) {
    if (path.endsWith('.sh')) return { file: shell, args: ['-e', ...words] };
    if (path.endsWith('.js')) return { file: process.execPath, args: words };
    if (path.endsWith('.ps1')) return { file: 'pwsh', args: ['-command', `. '${path}'`] };
  }
  throw new Error(`${path} is not a valid path to a script with extension .sh, .ps1 or .js.`);
}
