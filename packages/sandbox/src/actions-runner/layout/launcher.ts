/**
 * The text of `bin/NAME`: a shell script that replaces itself with Node on this same file, which is a CommonJS module as well.
 * Node resets every signal at its start, so only the shell can see which ones the parent has ignored. The
 * shell is bash because others drop variables whose names they could not use themselves, and `-p` keeps it from
 * running BASH_ENV. As bash changes some variables, the program also gets the environment as it was, an entry a
 * variable. The process keeps its id, and `/proc/PID/comm` becomes NAME without touching the command line.
 *
 * @param entry - the program's module, relative to `bin`
 */
export function launcherText(name: string, node: string, entry: string): string {
  return `#!/bin/bash -p
':' //; mapfile -d '' -t STAND_IN_ENTRIES </proc/self/environ
':' //; for STAND_IN_INDEX in "\${!STAND_IN_ENTRIES[@]}"; do export "STAND_IN_ENTRY_$STAND_IN_INDEX=\${STAND_IN_ENTRIES[STAND_IN_INDEX]}"; done
':' //; while read -r STAND_IN_FIELD STAND_IN_VALUE; do [ "$STAND_IN_FIELD" = SigIgn: ] && break; done </proc/self/status
':' //; STAND_IN_SIGNALS_IGNORED=$STAND_IN_VALUE exec ${shellQuote(node)} "$0" "$@"
// Node calls its main thread MainThread.
require('node:fs').writeFileSync('/proc/self/comm', '${name}');
require('node:module').enableCompileCache(__dirname + '/.compile-cache');
require('./${entry}').main(__dirname);
`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
