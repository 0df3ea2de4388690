say "root's script runs as $(id -un)"
export FROM_ROOT=root
