import { spawnSync } from 'node:child_process';
import { parseDocument } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs?: Readonly<Record<string, Job>>;
  /** Of a composite action. */
  readonly runs?: { readonly steps: readonly Step[] };
}

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

const usesFaults = (text: string, uses: string): string[] => {
  if (uses.startsWith('./')) return [];
  if (!PINNED.test(uses)) return [`${uses} is not pinned to a commit`];
  const version = new RegExp(`${uses.replaceAll('.', '\\.')} # v\\d+\\.\\d+\\.\\d+$`, 'm');
  return version.test(text) ? [] : [`${uses} does not say its version in a comment`];
};

const runFaults = (run: string): string[] => [
  // An expression is pasted into the script: what it holds would be run, and may be printed.
  ...(run.includes('${{') ? [`an expression stands in a script, not in env: ${run}`] : []),
  ...(spawnSync('bash', ['-n'], { input: run }).status === 0 ? [] : [`bash cannot read: ${run}`]),
];

const stepFaults = (text: string, { uses, run }: Step): string[] => [
  ...(uses === undefined ? [] : usesFaults(text, uses)),
  ...(run === undefined ? [] : runFaults(run)),
];

const jobFaults = (text: string, name: string, job: Job): string[] => {
  const { permissions, steps = [], uses } = job;
  return [
    ...(typeof permissions === 'object' ? [] : [`job ${name} does not list its permissions`]),
    ...(uses === undefined && job['timeout-minutes'] === undefined
      ? [`job ${name} has no timeout-minutes`]
      : []),
    ...(uses === undefined ? [] : usesFaults(text, uses)),
    ...steps.flatMap((step) => stepFaults(text, step)),
  ];
};

/** What is wrong with a workflow, or with a composite action, given as YAML. */
export const workflowFaults = (text: string): readonly string[] => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return document.errors.map(({ message }) => message);
  const { jobs, permissions, runs } = document.toJS() as Workflow;
  const secrets = [...new Set(text.match(/\bsecrets\.\w+/g))];
  return [
    ...secrets.map((secret) => `${secret} is used: github.token and OIDC must do`),
    ...(runs?.steps ?? []).flatMap((step) => stepFaults(text, step)),
    ...(jobs !== undefined && JSON.stringify(permissions) !== '{}'
      ? ['the workflow itself must have permissions: {}']
      : []),
    ...Object.entries(jobs ?? {}).flatMap(([name, job]) => jobFaults(text, name, job)),
  ];
};

/** The rights beyond reading that the jobs of a workflow have. */
export const writersOf = (text: string): Readonly<Record<string, readonly string[]>> => {
  const { jobs = {} } = parseDocument(text).toJS() as Workflow;
  const rights = Object.entries(jobs).map(([name, { permissions }]): [string, string[]] => [
    name,
    Object.entries(typeof permissions === 'object' ? permissions : {})
      .filter(([, level]) => level !== 'read')
      .map(([right, level]) => `${right}: ${level}`),
  ]);
  return Object.fromEntries(rights.filter(([, writes]) => writes.length > 0));
};
