#!/bin/bash
# User data of a launch template: starts ci-runner on an instance that has Docker, the AWS CLI and the role of policy.json
# with secretsmanager:GetSecretValue for the two secrets beside it. Set HttpPutResponseHopLimit to 2 in the template.
set -eu

IMAGE=${IMAGE:-ci-runner:latest}
GH_REPOSITORY=${GH_REPOSITORY:-octo/app}
GH_LABELS=${GH_LABELS:-linux,x64}
TOKEN_SECRET=${TOKEN_SECRET:-ci-runner/gh-token}
KEY_SECRET=${KEY_SECRET:-ci-runner/ci-storage-private-key}

secrets=${SECRETS_DIRECTORY:-/run/ci-runner-secrets}
umask 077
mkdir -p "$secrets"

read_secret() {
  aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}
read_secret "$TOKEN_SECRET" >"$secrets/GH_TOKEN"
read_secret "$KEY_SECRET" >"$secrets/CI_STORAGE_PRIVATE_KEY"

BTIME=$(awk '$1 == "btime" { print $2 }' /proc/stat)

exec docker run --detach --name ci-runner --restart on-failure --stop-timeout 600 \
  --env GH_REPOSITORY="$GH_REPOSITORY" \
  --env GH_LABELS="$GH_LABELS" \
  --env BTIME="$BTIME" \
  --volume "$secrets/GH_TOKEN:/run/secrets/GH_TOKEN:ro" \
  --volume "$secrets/CI_STORAGE_PRIVATE_KEY:/run/secrets/CI_STORAGE_PRIVATE_KEY:ro" \
  "$IMAGE"
