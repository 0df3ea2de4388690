/** For a shell to read as one word. */
const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const MISSING =
  'ci-runner: it is not known here where this command is; the stock set of plugins tells its scripts';

/**
 * What every script can call without sourcing anything, with the names and manners of the original's functions. They ask the
 * instance metadata service and AWS as the user who calls them.
 *
 * `aws_metadata_curl` hands further arguments to curl. Outside of EC2 the address of the service can hang, so that the kernel
 * is asked first where it is. No proxy is asked: it would answer for the instance that it runs on itself.
 *
 * @param command the command line of `ci-runner`, where it is known
 */
export const helpersFor = (command: readonly string[] | undefined): string => `
say() {
  local IFS=' '
  builtin printf '%s\\n' "$*"
}
ci-runner() {
  ${
    command === undefined
      ? `builtin printf '%s\\n' ${quote(MISSING)} >&2; builtin return 1`
      : `command -- ${command.map(quote).join(' ')} "$@"`
  }
}
aws_metadata_curl() {
  local url=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} tag='' token path=$1
  builtin shift
  [[ \${AWS_EC2_METADATA_DISABLED:-} != [Tt][Rr][Uu][Ee] ]] || builtin return 0
  if [[ -z \${AWS_EC2_METADATA_SERVICE_ENDPOINT:-} ]]; then
    { builtin read -r tag </sys/class/dmi/id/board_asset_tag || builtin read -r tag </sys/hypervisor/uuid || :; } 2>/dev/null
    [[ $tag == i-* || $tag == ec2* ]] || builtin return 0
  fi
  token=$(command curl -sf -m 5 --noproxy '*' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "\${url%/}/latest/api/token") || builtin return 0
  command curl -s -m 5 --noproxy '*' -H "X-aws-ec2-metadata-token: $token" "$@" "\${url%/}/\${path#/}" || builtin return 0
}
aws_region() {
  local region=\${AWS_REGION:-\${AWS_DEFAULT_REGION:-}}
  [[ -n $region ]] || region=$(aws_metadata_curl latest/meta-data/placement/region -f)
  [[ -z $region ]] || builtin printf '%s\\n' "$region"
}
aws_instance_id() {
  local id=\${CI_RUNNER_INSTANCE_ID:-}
  [[ -n $id ]] || id=$(aws_metadata_curl latest/meta-data/instance-id -f)
  [[ -z $id ]] || builtin printf '%s\\n' "$id"
}
aws_cloudwatch_put_metric_data() {
  ci-runner metric -- "$@"
}
aws_read_tag() {
  ci-runner read-tag -- "$@"
}
aws_write_tag() {
  ci-runner write-tag -- "$@"
}
`;
