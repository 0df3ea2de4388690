/** What the script of a job hook is made from. */
export interface HookScript {
  /** Absolute path of curl: a job must not be able to put another one in its place. */
  readonly curl: string;
  /** Path of the supervisor's unix socket. */
  readonly socket: string;
  /** The command line of the user's own hook, which runs after ours. */
  readonly next: readonly string[] | undefined;
}

/** How long one request may take, in seconds; the server answers sooner, with 202 when it needs more time. */
const REQUEST_LIMIT_S = 10;

/** The same at a job's end, where nothing is waited for. */
const REPORT_LIMIT_S = 2;

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const request = ({ curl, socket }: HookScript, limitS: number): string =>
  `${quote(curl)} -q --silent --noproxy '*' --max-time ${limitS} --unix-socket ${quote(socket)} \\
    --data-urlencode "workspace=$GITHUB_WORKSPACE"`;

const followedBy = ({ next }: HookScript): string =>
  next ? `exec ${next.map(quote).join(' ')}` : 'exit 0';

/**
 * The script that the actions-runner runs before a job's first step. It asks until the answer is something else than 202
 * (not ready yet); 409 fails the job. Anything else, no answer included, lets the job go on: a supervisor that is slow or
 * gone must not fail a job. Runs under `sh -e` or `bash -e`.
 */
export const startedScript = (spec: HookScript): string => `status=202
while [ "$status" = 202 ]; do
  reply=$(${request(spec, REQUEST_LIMIT_S)} --write-out '\\n%{http_code}' http://ci-runner/job-started) || reply=
  status=\${reply##*
}
done
if [ "$status" = 409 ]; then
  printf '%s\\n' "\${reply%
*}" >&2
  exit 1
fi
${followedBy(spec)}
`;

/**
 * The script that the actions-runner runs after a job's last step. It reports that, and nothing that the supervisor does
 * can fail the job or hold it up for longer than a moment.
 */
export const completedScript = (spec: HookScript): string => `${request(spec, REPORT_LIMIT_S)} \\
    --output /dev/null http://ci-runner/job-completed || :
${followedBy(spec)}
`;
