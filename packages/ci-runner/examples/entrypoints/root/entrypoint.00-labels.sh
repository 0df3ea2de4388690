# Before validation: the labels are those of the container, and one for the size of the machine.
export GH_LABELS="$GH_LABELS,cpus-$(nproc)"
