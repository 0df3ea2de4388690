# What root's scripts export reaches guest's scripts and the jobs.
MAKEFLAGS=-j$(nproc)
export MAKEFLAGS
say "jobs run make with $MAKEFLAGS"
