import { existsSync, readFileSync } from 'node:fs';

/**
 * Applies the root's `.env` to `env`: each line is split at its first `=`, without quotes, comments or trimming,
 * replaces what was inherited, and `NAME=` unsets the variable.
 */
export function applyEnvironmentFile(path: string, env: NodeJS.ProcessEnv): void {
  if (!existsSync(path)) return;
  for (const line of readFileSync(path, 'utf8').replace('\uFEFF', '').split(/\r?\n/)) {
    const separator = line.indexOf('=');
    if (separator < 1) continue;
    const value = line.slice(separator + 1);
    if (value === '') delete env[line.slice(0, separator)];
    else env[line.slice(0, separator)] = value;
  }
}
