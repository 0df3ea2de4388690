#!/bin/bash
# User data of a launch template, for instances with systemd, Docker, curl, the AWS CLI and the role of policy.json with
# secretsmanager:GetSecretValue for the secrets beside it. Set HttpPutResponseHopLimit to 2 in the template.
# It makes itself the service ci-runner, which starts the container at every boot and sees to the end of the instance.
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
LIFECYCLE_HOOK=${LIFECYCLE_HOOK:-ci-runner-drain}

root=${ROOT:-}

install_service() {
  install -D -m 700 "$0" "$root/usr/local/sbin/ci-runner-instance"
  cat >"$root/etc/systemd/system/ci-runner.service" <<'UNIT'
[Unit]
Description=ci-runner, and the end of its instance
Wants=docker.service network-online.target
After=docker.service network-online.target

[Service]
ExecStart=/usr/local/sbin/ci-runner-instance serve
Environment=HOME=/root
Restart=on-failure
RestartSec=10

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  # Without a wait: where Docker starts after cloud-init, each would wait for the other.
  systemctl enable --now --no-block ci-runner
}

# In /run, so that nothing of it outlives a boot.
run=$root/run/ci-runner
imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest

ask() { # [OPTION]... URL
  curl --noproxy '*' --fail --silent --max-time 2 --retry 3 "$@"
}
metadata() { # PATH
  local token
  token=$(ask --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/api/token")
  ask --header "X-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"
}
# Nothing where the instance is in no group.
target_state() { metadata autoscaling/target-lifecycle-state; }
container_state() { docker inspect --format '{{.State.Status}}' ci-runner; }

mounts=()
mount_secret() { # NAME SECRET
  aws secretsmanager get-secret-value --secret-id "$2" --query SecretString --output text >"$run/secrets/$1"
  mounts+=(--volume "$run/secrets/$1:/run/secrets/$1:ro")
}

start_container() {
  # An instance of a warm pool serves when it has left the pool.
  while [[ $(target_state) == Warmed:* ]]; do sleep 5; done

  # One of an earlier boot may have been started again by Docker, which makes directories of its missing secrets.
  docker rm --force ci-runner || :
  rm -rf "$run"
  umask 077
  mkdir -p "$run/secrets"
  mount_secret GH_TOKEN "$TOKEN_SECRET"
  if [ -n "$CI_STORAGE_HOST" ]; then mount_secret CI_STORAGE_PRIVATE_KEY "$KEY_SECRET"; fi

  docker run --detach --name ci-runner --restart on-failure --stop-timeout "$LONGEST_JOB_SEC" --tmpfs /mnt:exec \
    --env GH_REPOSITORY="$GH_REPOSITORY" \
    --env GH_LABELS="$GH_LABELS" \
    --env FORWARD_HOST="$FORWARD_HOST" \
    --env FORWARD_PORTS="$FORWARD_PORTS" \
    --env CI_STORAGE_HOST="$CI_STORAGE_HOST" \
    --env BTIME="$(awk '$1 == "btime" { print $2 }' /proc/stat)" \
    "${mounts[@]}" \
    "$IMAGE"
  touch "$run/started"
}

lifecycle_action() { # COMMAND [OPTION]...
  local group
  group=$(aws ec2 describe-tags --query 'Tags[0].Value' --output text \
    --filters "Name=resource-id,Values=$instance" Name=key,Values=aws:autoscaling:groupName)
  aws autoscaling "$@" --instance-id "$instance" --auto-scaling-group-name "$group" --lifecycle-hook-name "$LIFECYCLE_HOOK"
}
complete() { lifecycle_action complete-lifecycle-action --lifecycle-action-result CONTINUE; }

# What fails is tried again with the next look. On-failure starts a container again, so one that has exited is done.
look() {
  case "$(target_state) $(container_state)" in
    'Terminated running' | Warmed:*' running') lifecycle_action record-lifecycle-action-heartbeat ;;
    'Terminated exited' | 'Terminated restarting') complete ;;
    Warmed:*' exited')
      complete || :
      rm "$run/started"
      ;;
    'InService exited')
      aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$instance" --no-should-decrement-desired-capacity
      ;;
  esac
}

if [ "${1:-}" != serve ]; then
  install_service
  exit
fi
AWS_DEFAULT_REGION=$(metadata placement/region)
export AWS_DEFAULT_REGION
instance=$(metadata instance-id)
while :; do
  # Not after an end of this service alone, which takes no job along.
  if [ ! -e "$run/started" ]; then start_container; fi
  look || :
  sleep 30
done
