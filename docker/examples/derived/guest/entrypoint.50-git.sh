# These settings are guest's own, and so those of all jobs.
git config --global advice.detachedHead false
git config --global init.defaultBranch main
