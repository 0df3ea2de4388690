import { helpersFor } from './helpers.ts';

/**
 * What the original's image sets to nothing where the container does not, so that its users' scripts name it under `set -u`.
 * Here an empty setting is none. GH_TOKEN is not among them: where guest's scripts get none they are to fail by its name.
 */
const NEVER_UNBOUND = [
  'GH_REPOSITORY',
  'GH_LABELS',
  'TZ',
  'FORWARD_HOST',
  'FORWARD_PORTS',
  'CI_STORAGE_HOST',
  'BTIME',
  'DEBUG_SHUTDOWN_DELAY_SEC',
];

/**
 * What bash runs: it sources scripts one after another as it is told, at the top level, because `declare` in a script sourced
 * from a function would make local variables. Arguments: the start directory, WORK_DIR, CACHE_DIR, and the scripts that must
 * be readable before any of them runs.
 *
 * It reports and is told over file descriptor 3 (see driver-events.ts and shell.ts). Before each script it waits, so that the
 * supervisor has read all output of the script before. A script's `break` or `continue` outside of a loop of its own ends that
 * script, hence the two loops. Builtins are called as such, because scripts may define functions of the same names. errtrace
 * lets the ERR trap see failures inside of functions; those of the helpers, which stand in no file, count as failures of the
 * command that calls them. Where a script has switched tracing on, the driver's own commands are
 * not traced.
 *
 * The channel is moved to a descriptor that is closed on exec, so that no program of a script can write to it. bash has no
 * command for that, but the copies that it makes to undo a redirection are such descriptors, and a copy of one is as well.
 * Its number is far above those that bash takes for such copies: they would take the place of a channel that was closed.
 *
 * `command` is the command line of ci-runner, for what scripts can call.
 *
 * When all scripts have ended, it stays only to wait for their background jobs, or to run their EXIT trap at the end.
 * SIGTERM, which its whole group receives then, must not end it before them; it can come as soon as the environment has
 * been reported.
 */
export const driverFor = (command: readonly string[] | undefined): string => `
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
__ci_runner_script= __ci_runner_sourced=
: ${NEVER_UNBOUND.map((name) => `"\${${name}=}"`).join(' ')}
${helpersFor(command)}
__ci_runner_tell() {
  { builtin printf '%s\\0' "$@" >&"$__ci_runner_channel"; } 2>/dev/null && builtin return 0
  builtin printf '%s: closed file descriptor %s, over which the shell reports\\n' \
    "$__ci_runner_script" "$__ci_runner_channel" >&2
  builtin return 1
}
for __ci_runner_change in "\${@:4}"; do
  [[ -r $__ci_runner_change ]] && continue
  __ci_runner_tell unreadable "$__ci_runner_change"
  __ci_runner_unfit=1
done
[[ -z \${__ci_runner_unfit-} ]] || builtin exit 1
set --
__ci_runner_failed() {
  [[ $BASHPID == "$$" && $- == *e* ]] || builtin return 0
  if [[ \${BASH_SOURCE[1]-} != environment ]]; then
    __ci_runner_tell failed "$@"
    builtin return
  fi
  local frame=1
  while [[ \${BASH_SOURCE[frame + 1]-} == environment ]]; do frame=$((frame + 1)); done
  __ci_runner_tell failed "$1" "\${BASH_LINENO[frame]}" "\${BASH_SOURCE[frame + 1]-}" "\${FUNCNAME[frame]}"
}
__ci_runner_tell ready
trap '{ __ci_runner_failed "$?" "$LINENO" "\${BASH_SOURCE[0]-}" "$BASH_COMMAND"; } 2>/dev/null' ERR
set -Eue
__ci_runner_flags=
while :; do
  while :; do
    { [[ -z $__ci_runner_script || -n $__ci_runner_sourced ]] || { __ci_runner_flags=$- && set +x; }; } 2>/dev/null
    if [[ -n $__ci_runner_script ]]; then
      __ci_runner_tell end || builtin exit 1
      __ci_runner_script= __ci_runner_sourced=
    fi
    IFS= builtin read -r -d '' -u "$__ci_runner_channel" __ci_runner_command || builtin exit 1
    while IFS= builtin read -r -d '' -u "$__ci_runner_channel" __ci_runner_change; do
      case $__ci_runner_change in
        '') break ;;
        -*) builtin unset -v "\${__ci_runner_change:1}" ;;
        +*) builtin declare -- "\${__ci_runner_change:1}" ;;
        *) builtin export -- "$__ci_runner_change" ;;
      esac || builtin exit 1
    done
    case $__ci_runner_command in
      report)
        __ci_runner_tell environment
        command -p env -0 >&"$__ci_runner_channel" || builtin exit 1
        __ci_runner_tell ''
        ;;
      finish)
        __ci_runner_over=1
        break 2
        ;;
      *)
        __ci_runner_script=$__ci_runner_command
        builtin cd -- "$__ci_runner_start"
        [[ $__ci_runner_flags != *x* ]] || set -x
        builtin source "$__ci_runner_script"
        { __ci_runner_flags=$- && set +x && __ci_runner_sourced=1; } 2>/dev/null
        ;;
    esac
  done
done
[[ -n \${__ci_runner_over-} ]] || builtin exit 1
set +Eeux
trap - ERR
builtin cd -- "$__ci_runner_start"
[[ -n $(builtin trap -p TERM) ]] || builtin trap : TERM
if [[ -n $(builtin trap -p EXIT) ]]; then command -p sleep infinity & fi
__ci_runner_tell finished
until builtin wait; do :; done 2>/dev/null
`;
