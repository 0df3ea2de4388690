import type { Inputs } from '../command-line/read-inputs.ts';
import type { Terminal } from '../io/terminal.ts';
import { gitHubUrls } from '../server/github-urls.ts';
import {
  createRegistrationApi,
  type Registration,
  type RegistrationApi,
  type RunnerGroup,
} from '../server/registration-api.ts';
import { ensureKey } from '../store/rsa-key.ts';
import type { RunnerFiles } from '../store/runner-files.ts';
import { allLabels } from './default-labels.ts';
import { writeServiceScript } from './service-script.ts';

export interface ConfigureContext {
  readonly files: RunnerFiles;
  readonly inputs: Inputs;
  readonly terminal: Terminal;
  readonly version: string;
}

const RULE = '-'.repeat(80);

/** Registers this directory as a runner. @throws Error whose message is the one line to print. */
export async function configure(context: ConfigureContext): Promise<void> {
  const { files, inputs, terminal } = context;
  printBanner(terminal);
  if (inputs.generateServiceConfig) {
    rewriteServiceScript(files);
    return;
  }
  if (files.isConfigured()) {
    throw new Error(
      "Cannot configure the runner because it is already configured. To reconfigure the runner, run 'config.cmd remove' or './config.sh remove' first.",
    );
  }
  terminal.section('Authentication');
  const url = await inputs.url();
  const urls = gitHubUrls(url);
  const api = createRegistrationApi(url, urls, terminal);
  const token =
    inputs.pat === undefined
      ? await inputs.token()
      : await api.exchangePat('registration', inputs.pat);
  const connection = await api.connect('register', token);
  terminal.line();
  terminal.success('Connected to GitHub');
  terminal.section('Runner Registration');
  const { registration, group, replaced } = await register(context, api, connection.token);
  terminal.line();
  terminal.success(replaced ? 'Successfully replaced the runner' : 'Runner successfully added');
  terminal.section('Runner settings');
  const workFolder = await inputs.work();
  storeCredentials(files, registration);
  files.write('.runner', {
    ...(urls.isHosted ? {} : { isHostedServer: false }),
    agentId: registration.id,
    agentName: registration.name,
    poolId: group.id,
    poolName: group.name,
    ...(inputs.disableUpdate && { disableUpdate: true }),
    ...(inputs.ephemeral && { ephemeral: true }),
    serverUrl: connection.url,
    gitHubUrl: url,
    workFolder,
    ...(inputs.monitorSocketAddress && { monitorSocketAddress: inputs.monitorSocketAddress }),
    useV2Flow: true,
    useRunnerAdminFlow: true,
    serverUrlV2: registration.authorization.server_url,
  });
  writeServiceScript(files.root, { gitHubUrl: url, agentName: registration.name });
  terminal.line();
  terminal.success('Settings Saved.');
  terminal.line();
}

function rewriteServiceScript(files: RunnerFiles): void {
  if (!files.isConfigured()) {
    throw new Error(
      "--generateServiceConfig requires that the runner is already configured. To configure a new runner as a service, run './config.sh'.",
    );
  }
  writeServiceScript(files.root, files.readSettings());
}

interface Registered {
  readonly registration: Registration;
  readonly group: RunnerGroup;
  readonly replaced: boolean;
}

async function register(
  { files, inputs, terminal, version }: ConfigureContext,
  api: RegistrationApi,
  credential: string,
): Promise<Registered> {
  // The key is stored before anything is registered, and used again when a later step fails.
  const key = await ensureKey(files);
  const group = selectGroup(await api.listGroups(credential), await inputs.group());
  const name = await inputs.name();
  const replaces = await api.findRunner(credential, name);
  if (replaces !== undefined && !inputs.replace) {
    terminal.line('A runner exists with the same name');
    if (!(await inputs.confirmReplace())) {
      throw new Error(`A runner exists with the same name ${name}.`);
    }
  }
  const custom = await inputs.labels();
  if (inputs.noDefaultLabels && custom.length === 0) {
    throw new Error(
      'Disabling default labels via --no-default-labels without specifying --labels is not supported',
    );
  }
  const registration = await api.register(credential, {
    groupId: group.id,
    name,
    version,
    disableUpdate: inputs.disableUpdate,
    ephemeral: inputs.ephemeral,
    labels: allLabels(custom, !inputs.noDefaultLabels),
    publicKeyXml: key.publicKeyXml,
    replaces,
  });
  return { registration, group, replaced: replaces !== undefined };
}

function selectGroup(groups: readonly RunnerGroup[], name: string): RunnerGroup {
  const group =
    name === ''
      ? (groups.find((candidate) => candidate.default === true) ?? groups[0])
      : groups.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (group !== undefined) return group;
  throw new Error(`Could not find any self-hosted runner group named "${name}".`);
}

function storeCredentials(files: RunnerFiles, { authorization }: Registration): void {
  files.write('.credentials', {
    scheme: 'OAuth',
    data: {
      clientId: authorization.client_id,
      authorizationUrl: authorization.authorization_url,
      requireFipsCryptography: 'True',
    },
  });
}

function printBanner(terminal: Terminal): void {
  const title = 'Self-hosted runner registration';
  const indent = ' '.repeat(Math.floor((78 - title.length) / 2));
  terminal.line();
  terminal.line(RULE);
  terminal.line(`|${(indent + title).padEnd(78)}|`);
  terminal.line(RULE);
}
