import type { JobReport, JobSpec } from '@ci-runner/sandbox';
import type { RehearsedJobReport } from './report.ts';

/** How every token of a rehearsal begins; the job looks for it. */
export const TOKEN_PREFIX = 'ghp_rehearsal';

/** What the jobs are to look for from inside. */
export interface Questions {
  readonly labels: string[];
  readonly repository: string;
  readonly tcpPort: number | undefined;
  readonly udpPort: number | undefined;
  /** Whether the rehearsal's own entrypoints ran, which export variables. */
  readonly exports: boolean;
  /** Directories to search for the token, besides the environments and command lines of all processes. */
  readonly searched: readonly string[];
  /** A file that is as old as the token. */
  readonly since: string;
}

const output = (name: string, command: string): string =>
  `if ${command}; then echo "${name}=true" >>"$GITHUB_OUTPUT"; else echo "${name}=false" >>"$GITHUB_OUTPUT"; fi`;

const countFiles = 'echo "warm_files=$(find . -type f | wc -l)" >>"$GITHUB_OUTPUT"';

const askTcp = (port: number): string => `
ask() {
  exec 3<>/dev/tcp/127.0.0.1/${port} || return 1
  echo tcp-question >&3
  read -r -t 5 answer <&3 || return 1
  [ "$answer" = 'pong tcp-question' ]
}
${output('tcp', 'ask')}`;

const askUdp = (port: number): string => `
ask() {
  exec 3<>/dev/udp/127.0.0.1/${port} || return 1
  echo udp-question >&3
  # One read takes one datagram; the shell's own \`read\` takes a byte at a time and loses the rest.
  answer=$(timeout 5 dd bs=1024 count=1 <&3 2>/dev/null) || return 1
  [ "$answer" = 'pong udp-question' ]
}
${output('udp', 'ask')}`;

const seeExports = output('exports', '[ "$REHEARSAL_ROOT$REHEARSAL_GUEST" = rootguest ]');

/** The bracket keeps the search from finding its own command line. */
const PATTERN = `${TOKEN_PREFIX.slice(0, -1)}[${TOKEN_PREFIX.at(-1)}]`;

const quote = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

/** Only what has changed since the token was made can hold it; a home of the machine's own may be large. */
const findToken = ({ searched, since }: Questions): string => `
visible() {
  env | grep -q '${PATTERN}' && return 0
  grep -qas '${PATTERN}' /proc/[0-9]*/environ /proc/[0-9]*/cmdline && return 0
  [ -n "$(find ${searched.map(quote).join(' ')} -type f -cnewer ${quote(since)} -exec grep -las '${PATTERN}' {} + 2>/dev/null)" ]
}
${output('token_visible', 'visible')}`;

/** A job that looks from inside at everything that the boot has prepared. */
export const inspectingJob = (asked: Questions): JobSpec => ({
  name: 'inspect the runner from inside',
  repository: asked.repository,
  labels: asked.labels,
  steps: [
    { name: 'count the files that are there', run: countFiles },
    ...(asked.tcpPort === undefined ? [] : [{ name: 'ask over TCP', run: askTcp(asked.tcpPort) }]),
    ...(asked.udpPort === undefined ? [] : [{ name: 'ask over UDP', run: askUdp(asked.udpPort) }]),
    ...(asked.exports ? [{ name: 'see the exports', run: seeExports }] : []),
    { name: 'look for the token', run: findToken(asked) },
  ],
});

/** A job that is still running when the signal arrives. */
export const interruptedJob = (asked: Questions): JobSpec => ({
  name: 'finish during the drain',
  repository: asked.repository,
  labels: asked.labels,
  steps: [
    { name: 'count the files that are there', run: countFiles },
    { name: 'take a while', run: 'sleep 2' },
    { name: 'look for the token', run: findToken(asked) },
  ],
});

/** What a job found out, for the report. */
export const reportJob = (job: JobReport): RehearsedJobReport => {
  const { warm_files: warmFiles, token_visible: tokenVisible, ...checks } = job.outputs;
  return {
    name: job.name,
    result: job.result,
    warmFiles: warmFiles === undefined ? null : Number(warmFiles),
    tokenVisible: tokenVisible === undefined ? null : tokenVisible === 'true',
    checks: Object.fromEntries(
      Object.entries(checks).map(([name, value]) => [name, value === 'true']),
    ),
  };
};
