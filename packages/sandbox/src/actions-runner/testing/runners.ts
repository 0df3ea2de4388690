import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedGitHub, GitHubOptions, JobReport } from '../../github/embedded-github.ts';
import { startGitHub } from '../../github/start-github.ts';
import { cleanUp } from './clean-up.ts';
import { type ActionsRunnerOptions, installActionsRunner } from '../install-actions-runner.ts';
import { ensureKey } from '../program/store/rsa-key.ts';
import { openRunnerFiles } from '../program/store/runner-files.ts';
import type { TestServer } from './servers.ts';
import {
  type Exit,
  eventually,
  type Program,
  type ProgramOptions,
  runProgram,
  startProgram,
} from './processes.ts';

/** A GitHub that closes when the file's tests are over. */
export async function gitHub(options?: GitHubOptions): Promise<EmbeddedGitHub> {
  const server = await startGitHub(options);
  cleanUp(() => server.close());
  return server;
}

/** A directory that goes when the file's tests are over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'stand-in-'));
  cleanUp(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A stand-in in a directory of its own. */
export async function installedRunner(options?: ActionsRunnerOptions): Promise<string> {
  const root = join(temporaryDirectory(), 'runner');
  await installActionsRunner(root, options);
  return root;
}

/** A registration or remove token. */
export async function setUpToken(
  server: EmbeddedGitHub,
  kind: 'registration' | 'remove',
): Promise<string> {
  const answer = await callApi(server, 'POST', `actions/runners/${kind}-token`);
  return ((await answer.json()) as { token: string }).token;
}

/** Calls the REST API of `octo/app`. */
export function callApi(
  server: EmbeddedGitHub,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(`${server.url}/api/v3/repos/octo/app/${path}`, {
    method,
    headers: { Authorization: `Bearer ${server.token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
}

type Outcome = Exit & { stdout: string; stderr: string };

/** Runs `config.sh` with what an unattended registration takes, and more arguments. */
export async function configure(
  root: string,
  server: EmbeddedGitHub,
  args: readonly string[] = [],
): Promise<Outcome> {
  const token = await setUpToken(server, 'registration');
  const fixed = ['--unattended', '--url', `${server.url}/octo/app`, '--token', token];
  return runProgram(join(root, 'config.sh'), [...fixed, '--name', 'one', ...args]);
}

/** A stand-in that is registered as `one`. */
export async function registeredRunner(
  server: EmbeddedGitHub,
  args?: readonly string[],
): Promise<string> {
  const root = await installedRunner();
  const { code, stderr } = await configure(root, server, args);
  if (code !== 0) throw new Error(`config.sh failed: ${stderr}`);
  return root;
}

export function startListener(root: string, options?: ProgramOptions): Program {
  return startProgram(join(root, 'bin/Runner.Listener'), ['run'], { cwd: root, ...options });
}

/** A registered runner whose Listener waits for jobs. */
export async function listeningRunner(
  server: EmbeddedGitHub,
  args?: readonly string[],
  options?: ProgramOptions,
): Promise<{ root: string; listener: Program }> {
  const root = await registeredRunner(server, args);
  const listener = startListener(root, options);
  await listener.prints('Listening for Jobs');
  return { root, listener };
}

export interface RunningJob {
  readonly root: string;
  readonly listener: Program;
  /** Settles at the job's end. */
  readonly completed: Promise<JobReport>;
}

/** A Listener in the middle of a job: the first step's script has made a file `started` in the workspace. */
export async function busyRunner(
  server: EmbeddedGitHub,
  script: string,
  { args, more = [] }: { args?: readonly string[]; more?: { run: string; if?: 'always()' }[] } = {},
): Promise<RunningJob & { workspace: string }> {
  const { root, listener } = await listeningRunner(server, args);
  // A builtin makes the file: while bash waits for a child that ends well it drops a SIGINT.
  const { completed } = server.queueJob({
    name: 'job',
    labels: [],
    steps: [{ name: 'first', run: `: >started\n${script}` }, ...more],
  });
  const workspace = join(root, '_work/app/app');
  await waitForFile(join(workspace, 'started'));
  return { root, listener, completed, workspace };
}

export async function waitForFile(path: string): Promise<string> {
  let text = '';
  await eventually(() => (text = readFileSync(path, 'utf8')));
  return text;
}

/** Waits until a file holds a whole line: a shell makes it before it writes to it. */
export async function waitForLine(path: string): Promise<string> {
  await eventually(() => readFileSync(path, 'utf8').endsWith('\n'));
  return readFileSync(path, 'utf8');
}

/** A runner that is registered, as its files say, at a server that only plays some answers. */
export async function runnerOf(server: TestServer, settings: object = {}): Promise<string> {
  const root = await installedRunner();
  const files = openRunnerFiles(root);
  await ensureKey(files);
  files.write('.credentials', {
    scheme: 'OAuth',
    data: { clientId: 'client', authorizationUrl: `${server.url}/_oauth/token` },
  });
  files.write('.runner', {
    agentId: 1,
    agentName: 'one',
    gitHubUrl: `${server.url}/octo/app`,
    serverUrlV2: `${server.url}/_broker/`,
    workFolder: '_work',
    ...settings,
  });
  return root;
}

/** A file of the runner's root as JSON, without its byte order mark. */
export function readJson(root: string, name: string): Record<string, unknown> {
  const text = readFileSync(join(root, name), 'utf8');
  if (!text.startsWith('\uFEFF')) throw new Error(`${name} has no byte order mark`);
  return JSON.parse(text.slice(1)) as Record<string, unknown>;
}
