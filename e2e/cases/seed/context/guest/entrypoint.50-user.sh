say "guest's script runs as $(id -un), after $FROM_ROOT's"
export FROM_GUEST=guest
