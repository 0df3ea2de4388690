import { InvalidArgumentError } from 'commander';
import type { CommandSpec, ExitSpec, VariableSpec } from './command-spec.ts';

const NOBODY: ExitSpec = [75, 'nobody answers at the control socket'];
const MISCONFIGURED: ExitSpec = [78, 'a setting is at fault; all faults are printed at once'];
const BROKEN: ExitSpec = [70, 'something of the runner or of a plugin failed'];

const AWS_EXITS: readonly ExitSpec[] = [
  [75, 'AWS does not answer'],
  [78, 'an argument is at fault, or AWS refuses the credentials'],
];

const JSON_OPTION = { flags: '--json', description: 'print JSON, for programs' } as const;
const CONFIG_OPTION = {
  flags: '--config <file>',
  description: 'read this configuration file and no other',
} as const;

const HIGHEST_PORT = 65_535;

const parsePort = (text: string): number => {
  const port = /^\d+$/.test(text) ? Number(text) : HIGHEST_PORT + 1;
  if (port > HIGHEST_PORT) throw new InvalidArgumentError('It takes a port, from 0 to 65535.');
  return port;
};

/** Options are what commander made of the flags beside them. */
const command = <Options extends object>(spec: CommandSpec<Options>): CommandSpec => spec;

/** Every command. Each imports its own code when it is run: `status` and `drain` need no plugin, and must be quick. */
export const commands: readonly CommandSpec[] = [
  command<{ trace?: boolean }>({
    name: 'start',
    summary: 'boot, register and serve jobs, until a signal drains it',
    details:
      'Prepares the machine, fills the workspace, registers a runner and serves jobs; on a terminal it shows how far the boot is. SIGTERM, SIGINT, SIGHUP and `ci-runner drain` begin a drain: the running job ends, the runner is deregistered, and everything acquired is released.',
    options: [{ flags: '--trace', description: 'log how long each tap of each hook takes' }],
    exits: [
      [0, 'a clean drain, or the runner ended as it should'],
      BROKEN,
      [75, 'something outside failed; start it again'],
      MISCONFIGURED,
    ],
    run: async (io, options) => (await import('./start.ts')).start(io, options),
  }),
  command<{ json?: boolean }>({
    name: 'status',
    summary: 'say how the running supervisor fares',
    details:
      'Asks the supervisor over its control socket, in some 80 ms. It is healthy also while it boots, drains, or waits for a GitHub that is down.',
    options: [JSON_OPTION],
    exits: [[0, 'healthy'], [1, 'something does not recover by itself'], NOBODY],
    run: async (io, options) => (await import('./status.ts')).status(io, options),
  }),
  command<{ reason?: string }>({
    name: 'drain',
    summary: 'let the running supervisor finish its job and end',
    details: 'Begins what SIGTERM begins, and does not wait for it.',
    options: [{ flags: '--reason <text>', description: 'what the log says of it' }],
    exits: [[0, 'the drain has begun, or had begun before'], NOBODY],
    run: async (io, options) => (await import('./drain.ts')).drain(io, options),
  }),
  command<{ config?: string; json?: boolean }>({
    name: 'check',
    summary: 'validate all settings and print them',
    details:
      'Starts nothing and uses no network. Secrets are masked. The configuration file is the one of --config, of CI_RUNNER_CONFIG, the image’s, or one in the working directory or above it.',
    options: [CONFIG_OPTION, JSON_OPTION],
    exits: [[0, 'all settings are valid'], BROKEN, [75, 'a signal ended it'], MISCONFIGURED],
    run: async (io, options) => (await import('./check.ts')).check(io, options),
  }),
  command<{ config?: string; json?: boolean }>({
    name: 'hooks',
    summary: 'list the hooks in order, with who taps them',
    details:
      'Sets the plugins of the configuration up and calls no hook. Taps are listed in the order in which they begin, with their stage and their deadline where these are not the usual ones.',
    options: [CONFIG_OPTION, JSON_OPTION],
    exits: [
      [0, 'all plugins are listed'],
      BROKEN,
      [75, 'a signal ended it'],
      [78, 'a plugin is not listed, because its settings are at fault'],
    ],
    run: async (io, options) => (await import('./hooks.ts')).hooks(io, options),
  }),
  command<{
    config?: string;
    json?: boolean;
    verbose?: boolean;
    report?: string;
    contained?: string;
  }>({
    name: 'rehearse',
    summary: 'run the whole lifecycle here, against an embedded GitHub',
    details:
      'Boots the configuration, runs two jobs, drains during the second one, and leaves nothing behind. It needs no account. GitHub, AWS and the actions-runner are played; the report says what else was not real.',
    options: [
      CONFIG_OPTION,
      { flags: '--report <file>', description: 'write a page for the browser, with a timeline' },
      JSON_OPTION,
      { flags: '--verbose', description: 'print the supervisor’s log as well' },
      { flags: '--contained <directory>', description: 'of an outer rehearsal', hidden: true },
    ],
    exits: [
      [0, 'everything was as it should be'],
      [70, 'something was not; the report says what'],
      MISCONFIGURED,
      ['129, 130, 143', 'SIGHUP, SIGINT or SIGTERM ended it'],
    ],
    run: async (io, options) => (await import('./rehearse.ts')).rehearse(io, options),
  }),
  command<{ host: string; port: number; url?: string }>({
    name: 'sandbox',
    summary: 'play a GitHub that queues jobs, to try a runner without any account',
    details:
      'A runner whose GH_HOST leads here registers with GH_TOKEN, downloads the stand-in actions-runner, and gets one job after another for GH_REPOSITORY and GH_LABELS, until a signal ends it.',
    options: [
      { flags: '--host <address>', description: 'where to listen', fallback: '127.0.0.1' },
      {
        flags: '--port <port>',
        description: 'on which port; 0 is a free one',
        fallback: 8080,
        parse: parsePort,
      },
      { flags: '--url <url>', description: 'what runners call it, such as http://github:8080' },
    ],
    exits: [[0, 'a signal ended it'], BROKEN, MISCONFIGURED],
    run: async (io, options) => (await import('./sandbox.ts')).sandbox(io, options),
  }),
  command({
    name: 'metric',
    summary: 'publish one data point to CloudWatch, as the user who runs this',
    details:
      'The dimensions Region and InstanceId are added where they are known. Outside AWS it only says what it would have published. In a job it asks AWS as guest, not through the supervisor, in whose name a job could publish ActiveRunnersPercent and scale the fleet.',
    takes: [
      { form: '<name>', description: 'the name of the metric' },
      { form: '<value>', description: 'a number' },
      { form: '[dimensions]', description: 'such as Queue=jobs,Kind=slow', fallback: '' },
      { form: '[namespace]', description: 'where it goes', fallback: 'ci-storage/metrics' },
    ],
    options: [],
    exits: [[0, 'it is published, or this is not AWS'], ...AWS_EXITS],
    run: async (io, _options, name = '', value = '', dimensions = '', namespace = '') =>
      (await import('./aws.ts')).metric(io, { name, value, dimensions, namespace }),
  }),
  command({
    name: 'read-tag',
    summary: 'print the value of a tag of this instance',
    details: 'For the function aws_read_tag of entrypoint scripts.',
    takes: [{ form: '<key>', description: 'the name of the tag' }],
    options: [],
    exits: [[0, 'it is printed, or there is no such tag'], ...AWS_EXITS],
    hidden: true,
    run: async (io, _options, key = '') => (await import('./aws.ts')).printTag(io, key),
  }),
  command({
    name: 'write-tag',
    summary: 'set a tag of this instance',
    details: 'For the function aws_write_tag of entrypoint scripts.',
    takes: [
      { form: '<key>', description: 'the name of the tag' },
      { form: '<value>', description: 'what it becomes' },
    ],
    options: [],
    exits: [[0, 'it is set'], ...AWS_EXITS],
    hidden: true,
    run: async (io, _options, key = '', value = '') =>
      (await import('./aws.ts')).setTag(io, key, value),
  }),
  command({
    name: 'environment',
    summary: 'print the variables that a shell of guest may have',
    details: 'For the image’s login shell: each variable is ended by a NUL.',
    options: [],
    exits: [
      [0, 'they are printed'],
      [1, 'there is no such account'],
    ],
    hidden: true,
    run: async (io) => (await import('./environment.ts')).environment(io),
  }),
];

/** The variables of the command itself. */
export const variables: readonly VariableSpec[] = [
  {
    name: 'CI_RUNNER_CONFIG',
    description: 'the configuration file',
    fallback: '/etc/ci-runner/ci-runner.config.ts',
  },
  {
    name: 'CI_RUNNER_CONTROL_SOCKET',
    description: 'the supervisor’s socket, an absolute path',
    fallback: '/run/ci-runner/control.sock',
  },
  {
    name: 'HTTPS_PROXY',
    description: 'the proxy to GitHub and AWS, such as http://proxy.internal:3128',
  },
  { name: 'HTTP_PROXY', description: 'the same for a GitHub that is reached without TLS' },
  { name: 'NO_PROXY', description: 'what is asked directly, separated by commas' },
  { name: 'NO_COLOR', description: 'when it is not empty, nothing is printed in colours' },
];
