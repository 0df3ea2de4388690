/** The shell scripts of a runner, by their path below its root. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  'config.sh': `#!/bin/bash

if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run with sudo'
  exit 1
fi

# The genuine script looks for .NET's shared libraries here. This runner needs none.

cd "$(dirname "$(readlink -f "$0")")" || exit 1
. ./env.sh

shopt -s nocasematch
if [[ $1 == remove ]]; then
  exec ./bin/Runner.Listener "$@"
fi
exec ./bin/Runner.Listener configure "$@"
`,

  'env.sh': `#!/bin/bash
# Keeps PATH and the variables that jobs may need, for a service that starts without them.

names=(
  LANG JAVA_HOME ANT_HOME M2_HOME ANDROID_HOME ANDROID_SDK_ROOT GRADLE_HOME NVM_BIN NVM_PATH
  LD_LIBRARY_PATH PERL5LIB
)

echo "$PATH" >.path
touch .env

for name in "\${names[@]}"; do
  if [ -n "\${!name}" ] && ! grep -q "^$name=" .env; then
    echo "$name=\${!name}" >>.env
  fi
done
`,

  'run.sh': `#!/bin/bash

root=$(dirname "$(readlink -f "$0")")

prepare_helper() {
  # The template is what an update replaces while the copy runs.
  cp -f "$root/run-helper.sh.template" "$root/run-helper.sh"
  chmod +x "$root/run-helper.sh"
}

run_plainly() {
  while true; do
    prepare_helper
    "$root/run-helper.sh" $*
    code=$?
    if [ $code -eq 2 ]; then
      echo 'Restarting runner...'
      continue
    fi
    echo 'Exiting runner...'
    if [ $code -eq 7 ] && [ "$ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE" = 1 ]; then
      exit 7
    fi
    exit 0
  done
}

run_with_trap() {
  # Job control puts the helper and all below it into a process group of their own.
  set -m
  trap 'kill -INT -"$helper"' INT TERM
  while true; do
    prepare_helper
    "$root/run-helper.sh" $* &
    helper=$!
    wait "$helper"
    code=$?
    if [ $code -eq 2 ]; then
      echo 'Restarting runner...'
      continue
    fi
    echo 'Exiting runner...'
    # A further signal ends this script at once, whatever the runner still does.
    trap - INT TERM
    wait "$helper"
    exit $code
  done
}

if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
  run_with_trap $*
else
  run_plainly $*
fi
`,

  'run-helper.sh.template': `#!/bin/bash

if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi

root=$(dirname "$(readlink -f "$0")")
"$root/bin/Runner.Listener" run $*
code=$?

case $code in
  0)
    echo 'Runner listener exit with 0 return code, stop the service, no retry needed.'
    exit 0
    ;;
  1)
    echo 'Runner listener exit with terminated error, stop the service, no retry needed.'
    exit 0
    ;;
  2)
    echo 'Runner listener exit with retryable error, re-launch runner in 5 seconds.'
    "$root/safe_sleep.sh" 5
    exit 2
    ;;
  3 | 4)
    echo 'Runner listener exit because of updating, re-launch runner after successful update'
    # The update script leaves this file in the directory from which the runner was started.
    for _ in {0..30}; do
      if [ -f update.finished ]; then
        break
      fi
      "$root/safe_sleep.sh" 1
    done
    rm -f update.finished
    exit 2
    ;;
  5)
    echo 'Runner listener exit with Session Conflict error, stop the service, no retry needed.'
    exit 0
    ;;
  7)
    if [ "$ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE" = 1 ]; then
      echo "Runner listener exit with deprecated version exit code: $code."
      exit $code
    fi
    ;;
esac
echo "Exiting with unknown error code: $code"
exit 0
`,

  'bin/systemd.svc.sh.template': `#!/bin/bash

# Keeps the mark of an installed service, without any service: this runner is a stand-in.
name='{{SvcNameVar}}'

cd "$(dirname "$(readlink -f "$0")")" || exit 1

case $1 in
  install) echo "$name" >.service ;;
  uninstall) rm -f .service ;;
  start | stop | status)
    echo "Failed: a stand-in has no service to $1" >&2
    exit 1
    ;;
  *)
    echo 'Usage: ./svc.sh [install, start, stop, status, uninstall]'
    exit 1
    ;;
esac
`,

  'safe_sleep.sh': `#!/bin/bash
exec sleep "$1"
`,
};
