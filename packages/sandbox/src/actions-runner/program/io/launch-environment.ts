/** What the launcher hands to the program besides its environment. */
export interface Launch {
  /** `SigIgn` of /proc/PID/status before Node reset it, in hexadecimal. */
  readonly ignoredSignals: string;
}

const PREFIX = 'STAND_IN_';
const ENTRY_PREFIX = 'STAND_IN_ENTRY_';

/**
 * Makes `env` what it was before the launcher's shell had it, without the launcher's own variables: a shell changes
 * some variables (SHLVL, `_`, PWD) and adds others.
 */
export function takeLaunch(env: NodeJS.ProcessEnv): Launch {
  const ignoredSignals = env['STAND_IN_SIGNALS_IGNORED'] ?? '';
  const original = new Map<string, string>();
  for (const [name, entry = ''] of Object.entries(env)) {
    const separator = entry.indexOf('=');
    if (!name.startsWith(ENTRY_PREFIX) || separator < 1) continue;
    original.set(entry.slice(0, separator), entry.slice(separator + 1));
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) || !original.has(name)) delete env[name];
  }
  for (const [name, value] of original) if (env[name] !== value) env[name] = value;
  return { ignoredSignals };
}
