import { hostname } from 'node:os';
import type { CommandLine } from './parse-arguments.ts';
import type { Ask } from './prompt.ts';

/** The options that `configure` and `remove` need, from the command line, variables or a person. */
export interface Inputs {
  readonly disableUpdate: boolean;
  readonly ephemeral: boolean;
  readonly generateServiceConfig: boolean;
  readonly local: boolean;
  readonly noDefaultLabels: boolean;
  readonly replace: boolean;
  readonly monitorSocketAddress: string | undefined;
  readonly pat: string | undefined;
  /** A personal access token where one is needed. */
  askPat(): Promise<string>;
  url(): Promise<string>;
  token(): Promise<string>;
  name(): Promise<string>;
  /** Empty for the default group. */
  group(): Promise<string>;
  labels(): Promise<string[]>;
  work(): Promise<string>;
  /** Whether to replace the runner that has the name already, asked when `--replace` is absent. */
  confirmReplace(): Promise<boolean>;
}

const LONGEST_LABEL = 256;

/** Reads options; what is absent is asked for, unless the run is unattended. */
export function readInputs(line: CommandLine, ask: Ask): Inputs {
  const flag = (name: string): boolean => line.flags.has(name);
  const unattended = flag('unattended');
  const input = async (name: string, question: string, fallback?: string): Promise<string> => {
    const given = line.values.get(name) ?? (unattended ? '' : await ask(question, fallback));
    if (given !== '') return given;
    if (fallback !== undefined) return fallback;
    throw new Error(
      `Invalid configuration provided for ${name}. Terminating unattended configuration.`,
    );
  };
  return {
    disableUpdate: flag('disableupdate'),
    ephemeral: flag('ephemeral'),
    generateServiceConfig: flag('generateserviceconfig'),
    local: flag('local'),
    noDefaultLabels: flag('no-default-labels'),
    replace: flag('replace'),
    monitorSocketAddress: line.values.get('monitorsocketaddress'),
    pat: line.values.get('pat'),
    askPat: () => input('pat', 'What is your GitHub personal access token?'),
    url: () => input('url', 'What is the URL of your repository?'),
    token: () => input('token', 'What is your runner register token?'),
    name: () => input('name', 'Enter the name of runner:', hostname()),
    group: () =>
      input('runnergroup', 'Enter the name of the runner group to add this runner to:', ''),
    labels: async () => parseLabels(await input('labels', 'Enter any additional labels:', '')),
    work: () => input('work', 'Enter name of work folder:', '_work'),
    async confirmReplace() {
      if (flag('replace') || unattended) return flag('replace');
      return /^y/i.test(await ask('Would you like to replace the existing runner? (Y/N)', 'N'));
    },
  };
}

function parseLabels(list: string): string[] {
  const labels = new Map<string, string>();
  for (const label of list.split(',')) {
    if (label.length > LONGEST_LABEL) {
      throw new Error(
        'Invalid configuration provided for labels. Terminating unattended configuration.',
      );
    }
    if (label !== '' && !labels.has(label.toLowerCase())) labels.set(label.toLowerCase(), label);
  }
  return [...labels.values()];
}
