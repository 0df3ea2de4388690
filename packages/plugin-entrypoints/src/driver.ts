/**
 * What bash runs: it sources the scripts one after another, at the top level, because `declare` in a script sourced
 * from a function would make local variables. Arguments: the start directory, WORK_DIR, CACHE_DIR, the scripts.
 *
 * It reports over file descriptor 3 (see driver-events.ts). It runs no script when it cannot read all of them. Before
 * each script it waits for a line from there, so that the supervisor has read all output of the script before. Builtins are
 * called as such, because scripts may define functions of the same names. errtrace lets the ERR trap see failures inside of
 * functions. Where a script has switched tracing on, the driver's own commands are not traced.
 *
 * The channel is moved to a descriptor that is closed on exec, so that no program of a script can write to it. bash has no
 * command for that, but the copies that it makes to undo a redirection are such descriptors, and a copy of one is as well.
 * Its number is far above those that bash takes for such copies: they would take the place of a channel that was closed.
 *
 * When all scripts have ended, it stays only to wait for their background jobs, or to run their EXIT trap at the end.
 * SIGTERM, which its whole group receives then, must not end it before them; it can come as soon as the environment has
 * been reported.
 */
export const DRIVER = `
__ci_runner_channel=250
exec 250>&3
{
  for __ci_runner_fd in /proc/self/fd/*; do
    [[ $__ci_runner_fd -ef /proc/self/fd/250 && \${__ci_runner_fd##*/} != 250 ]] || continue
    exec 250>&"\${__ci_runner_fd##*/}"
    break
  done
} 3>&-
exec 3>&-
__ci_runner_start=$1 WORK_DIR=$2 CACHE_DIR=$3
__ci_runner_scripts=("\${@:4}")
set --
say() {
  local IFS=' '
  builtin printf '%s\\n' "$*"
}
__ci_runner_tell() {
  { builtin printf '%s\\0' "$@" >&"$__ci_runner_channel"; } 2>/dev/null && builtin return 0
  builtin printf '%s: closed file descriptor %s, over which the shell reports\\n' \
    "\${__ci_runner_scripts[$__ci_runner_script]}" "$__ci_runner_channel" >&2
  builtin return 1
}
for __ci_runner_script in "\${!__ci_runner_scripts[@]}"; do
  [[ -r \${__ci_runner_scripts[$__ci_runner_script]} ]] && continue
  __ci_runner_tell unreadable "$__ci_runner_script"
  __ci_runner_unfit=1
done
[[ -z \${__ci_runner_unfit-} ]] || builtin exit 1
__ci_runner_failed() {
  [[ $BASHPID == "$$" && $- == *e* ]] || builtin return 0
  __ci_runner_tell failed "$@"
}
trap '{ __ci_runner_failed "$?" "$LINENO" "\${BASH_SOURCE[0]-}" "$BASH_COMMAND"; } 2>/dev/null' ERR
set -Eue
__ci_runner_flags=
for __ci_runner_script in "\${!__ci_runner_scripts[@]}"; do
  builtin cd -- "$__ci_runner_start"
  __ci_runner_tell begin "$__ci_runner_script"
  builtin read -r -u "$__ci_runner_channel" __ci_runner_reply || builtin exit 1
  [[ $__ci_runner_flags != *x* ]] || set -x
  builtin source "\${__ci_runner_scripts[$__ci_runner_script]}"
  { __ci_runner_flags=$- && set +x; } 2>/dev/null
  __ci_runner_tell end "$__ci_runner_script" || builtin exit 1
done
set +Eeux
trap - ERR
builtin cd -- "$__ci_runner_start"
[[ -n $(builtin trap -p TERM) ]] || builtin trap : TERM
if [[ -n $(builtin trap -p EXIT) ]]; then command -p sleep infinity & fi
__ci_runner_tell environment
command -p env -0 >&"$__ci_runner_channel" || builtin exit 1
__ci_runner_tell ''
until builtin wait; do :; done 2>/dev/null
`;
