#!/bin/bash
# User data of a launch template: starts ci-runner on an instance that has Docker, the AWS CLI and the role of policy.json
# with secretsmanager:GetSecretValue for the secrets beside it. Set HttpPutResponseHopLimit to 2 in the template.
set -eu

# Put your values here. Without CI_STORAGE_HOST no key is read, and the work directory starts empty.
IMAGE=${IMAGE:-ci-runner:latest}
GH_REPOSITORY=${GH_REPOSITORY:-octo/app}
GH_LABELS=${GH_LABELS:-linux,x64}
FORWARD_HOST=${FORWARD_HOST:-}
FORWARD_PORTS=${FORWARD_PORTS:-}
CI_STORAGE_HOST=${CI_STORAGE_HOST:-}
LONGEST_JOB_SEC=${LONGEST_JOB_SEC:-3600}
TOKEN_SECRET=${TOKEN_SECRET:-ci-runner/gh-token}
KEY_SECRET=${KEY_SECRET:-ci-runner/ci-storage-private-key}

secrets=${SECRETS_DIRECTORY:-/run/ci-runner-secrets}
umask 077
mkdir -p "$secrets"

mounts=()
mount_secret() { # NAME SECRET
  aws secretsmanager get-secret-value --secret-id "$2" --query SecretString --output text >"$secrets/$1"
  mounts+=(--volume "$secrets/$1:/run/secrets/$1:ro")
}
mount_secret GH_TOKEN "$TOKEN_SECRET"
if [ -n "$CI_STORAGE_HOST" ]; then mount_secret CI_STORAGE_PRIVATE_KEY "$KEY_SECRET"; fi

BTIME=$(awk '$1 == "btime" { print $2 }' /proc/stat)

exec docker run --detach --name ci-runner --restart on-failure --stop-timeout "$LONGEST_JOB_SEC" --tmpfs /mnt:exec \
  --env GH_REPOSITORY="$GH_REPOSITORY" \
  --env GH_LABELS="$GH_LABELS" \
  --env FORWARD_HOST="$FORWARD_HOST" \
  --env FORWARD_PORTS="$FORWARD_PORTS" \
  --env CI_STORAGE_HOST="$CI_STORAGE_HOST" \
  --env BTIME="$BTIME" \
  "${mounts[@]}" \
  "$IMAGE"
