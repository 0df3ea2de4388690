# Before validation: the labels are those of the container, and one for the size of the machine.
cpus=$(nproc)
export GH_LABELS="$GH_LABELS,cpus-$cpus"
