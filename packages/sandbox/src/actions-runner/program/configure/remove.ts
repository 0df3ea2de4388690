import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Inputs } from '../command-line/read-inputs.ts';
import type { Terminal } from '../io/terminal.ts';
import { gitHubUrls } from '../server/github-urls.ts';
import { createRegistrationApi } from '../server/registration-api.ts';
import type { RunnerFiles } from '../store/runner-files.ts';

export interface RemoveContext {
  readonly files: RunnerFiles;
  readonly inputs: Inputs;
  readonly terminal: Terminal;
}

/** Undoes `configure` on the server and here. @throws Error whose message is the one line to print. */
export async function remove({ files, inputs, terminal }: RemoveContext): Promise<void> {
  terminal.section('Runner removal');
  if (inputs.local) {
    removeLocally(files, terminal);
    return;
  }
  try {
    await attempt('Removing service', terminal, () => {
      if (existsSync(join(files.root, '.service'))) throw new Error('Uninstall service first');
    });
    await attempt('Removing runner from the server', terminal, () =>
      removeFromServer(files, inputs, terminal),
    );
    removeLocally(files, terminal);
  } finally {
    terminal.line();
  }
}

/** Deletes the settings files, saying for each kind whether there was one. */
export function removeLocally(files: RunnerFiles, terminal: Terminal): void {
  const credentials = files.hasCredentials();
  files.remove('.credentials', '.credentials_migrated', '.credentials_rsaparams');
  report('.credentials', credentials, terminal);
  const settings = files.isConfigured();
  files.remove('.runner', '.runner_migrated');
  report('.runner', settings, terminal);
}

function report(name: string, existed: boolean, terminal: Terminal): void {
  if (existed) terminal.success(`Removed ${name}`);
  else terminal.line(`Does not exist. Skipping Removing ${name}`);
}

async function removeFromServer(
  files: RunnerFiles,
  inputs: Inputs,
  terminal: Terminal,
): Promise<void> {
  if (!files.isConfigured() || !files.hasCredentials()) {
    terminal.line(
      'Cannot connect to server, because config files are missing. Skipping removing runner from the server.',
    );
    return;
  }
  const { agentId, gitHubUrl } = files.readSettings();
  const api = createRegistrationApi(gitHubUrl, gitHubUrls(gitHubUrl), terminal);
  const token =
    inputs.pat === undefined ? await inputs.token() : await api.exchangePat('remove', inputs.pat);
  await api.connect('remove', token);
  await api.remove(token, agentId);
  terminal.line();
  terminal.success('Runner removed successfully');
}

async function attempt(
  action: string,
  terminal: Terminal,
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    terminal.error(`Failed: ${action}`);
    throw error;
  }
}
