/**
 * The least that an image written in bash does: it gets a registration token, runs config.sh and starts the runner, as guest.
 * It checks nothing, and neither tells of its jobs nor deregisters.
 */
const SCRIPT = `set -eu
token=$(curl --fail --silent --show-error --request POST --header "Authorization: Bearer $GH_TOKEN" \
  "$GH_HOST/api/v3/repos/$GH_REPOSITORY/actions/runners/registration-token" | jq --raw-output .token)
cd ~/actions-runner
./config.sh --unattended --disableupdate --url "$GH_HOST/$GH_REPOSITORY" --token "$token" \
  --name "$(hostname)" --labels "$GH_LABELS" --work /mnt
exec ./run.sh`;

/** What follows the image's name in `docker run` to boot that way. */
export const BASH_BOOT: readonly string[] = ['gosu', 'guest', 'bash', '-c', SCRIPT];
