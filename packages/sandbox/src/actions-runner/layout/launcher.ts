/**
 * The text of `bin/NAME`: a shell script that replaces itself with Node on this same file, which is a CommonJS module as well.
 * Node resets every signal at its start, so only the shell can see which ones the parent has ignored. The
 * shell is bash because others drop variables whose names they could not use themselves, and `-p` keeps it from
 * running BASH_ENV. The process keeps its id, and `/proc/PID/comm` becomes NAME without touching the command line.
 *
 * @param entry - the program's module, relative to `bin`
 */
export function launcherText(name: string, node: string, entry: string): string {
  return `#!/bin/bash -p
':' //; while read -r key value; do [ "$key" = SigIgn: ] && break; done </proc/self/status
':' //; STAND_IN_SIGNALS_IGNORED=$value exec ${shellQuote(node)} "$0" "$@"
// Node calls its main thread MainThread.
require('node:fs').writeFileSync('/proc/self/comm', '${name}');
require('node:module').enableCompileCache(__dirname + '/.compile-cache');
require('./${entry}').main(__dirname);
`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
