# `docker exec … bash -l` enters the container as a job does: as guest, without any secret. Plain `bash` stays root.
# What prints the variables knows from the plugins which of them are secrets; should it fail, none is kept.
mapfile -d '' -t kept < <(/usr/bin/ci-runner environment)
if [ "${#kept[@]}" -eq 0 ]; then kept=("TERM=${TERM:-dumb}" HOME=/home/guest USER=guest LOGNAME=guest); fi
for entry in "${kept[@]}"; do
  case $entry in
    HOME=*) cd -- "${entry#HOME=}" || cd / ;;
    USER=*) name=${entry#USER=} ;;
  esac
done
# `bash -lc COMMAND` means the same for one command.
command=(bash -l)
if [ -n "${BASH_EXECUTION_STRING:-}" ]; then command+=(-c "$BASH_EXECUTION_STRING" "$0" "$@"); fi
exec env -i "${kept[@]}" /usr/bin/setpriv --reuid="$name" --regid="$name" --init-groups -- "${command[@]}"
