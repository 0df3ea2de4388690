import { readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { isRunnerError } from '../errors/runner-error.ts';
import { endSession, systemProcesses, type ManagedProcess, type ProcessSpec } from './processes.ts';

const PATH = process.env['PATH'] ?? '';

const started: ManagedProcess[] = [];

afterEach(() => {
  for (const managed of started.splice(0)) managed.killGroup('SIGKILL');
});

interface Shell {
  readonly managed: ManagedProcess;
  /** `stdout: line` and `stderr: line`. */
  readonly lines: string[];
  readonly lineThat: (matches: (line: string) => boolean) => Promise<string>;
}

const sh = async (script: string, more: Partial<ProcessSpec> = {}): Promise<Shell> => {
  const lines: string[] = [];
  const managed = await systemProcesses.spawn({
    command: 'sh',
    args: ['-c', script],
    env: { PATH },
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
    ...more,
  });
  started.push(managed);
  const lineThat: Shell['lineThat'] = async (matches) =>
    vi.waitFor(() => lines.find(matches) ?? expect.fail(`not among ${lines.join()}`), 10_000);
  return { managed, lines, lineThat };
};

/** Zombies do not count: in a container nobody may reap them. */
const runs = async (pid: number): Promise<boolean> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+Z/m.test(status);
};

const untilGone = async (pid: number): Promise<void> =>
  vi.waitFor(async () => expect(await runs(pid)).toBe(false), 10_000);

test('hands on the lines of both streams before it says that the process has ended', async () => {
  const { managed, lines } = await sh('echo out; echo err >&2; printf unfinished; exit 3');
  expect(await managed.exited).toEqual({ code: 3, signal: null });
  expect(lines.toSorted()).toEqual(['stderr: err', 'stdout: out', 'stdout: unfinished']);
});

test('reads all of a large output', async () => {
  const { managed, lines } = await sh('seq 1 200000');
  await managed.exited;
  expect(lines.length).toBe(200_000);
  expect(lines.at(-1)).toBe('stdout: 200000');
});

test('output that nobody wants does not block the process', async () => {
  const managed = await systemProcesses.spawn({
    command: 'seq',
    args: ['1', '200000'],
    env: { PATH },
  });
  expect(await managed.exited).toEqual({ code: 0, signal: null });
});

test('inherits no variable, stands in /, and reads nothing', async () => {
  const { managed, lines } = await sh('pwd; cat; env', { env: { PATH, ONLY: 'this' } });
  await managed.exited;
  expect(lines[0]).toBe('stdout: /');
  const names = lines.slice(1).map((line) => line.replace(/^stdout: (\w+)=.*/, '$1'));
  expect(
    names.filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name)).toSorted(),
  ).toEqual(['ONLY', 'PATH']);
});

test('leads a process group of its own', async () => {
  const { managed, lineThat } = await sh('cut -d" " -f5 /proc/$$/stat; exec sleep 600');
  expect(await lineThat((line) => line.startsWith('stdout'))).toBe(`stdout: ${managed.pid}`);
});

test('tells by which signal a process ended', async () => {
  const { managed } = await sh('exec sleep 600');
  managed.kill('SIGTERM');
  expect(await managed.exited).toEqual({ code: null, signal: 'SIGTERM' });
  managed.kill('SIGTERM');
});

test('ends grandchildren with the group', async () => {
  const { managed, lineThat } = await sh('sh -c "sleep 600 & echo \\$!; wait" & wait');
  const grandchild = Number((await lineThat((line) => /\d/.test(line))).slice('stdout: '.length));
  expect(await runs(grandchild)).toBe(true);
  managed.killGroup('SIGTERM');
  await managed.exited;
  await untilGone(grandchild);
});

test('ends grandchildren whose leader has ended before', async () => {
  const { managed, lineThat } = await sh('sleep 600 & echo $!');
  const orphan = Number((await lineThat((line) => /\d/.test(line))).slice('stdout: '.length));
  expect(await managed.exited).toEqual({ code: 0, signal: null });
  expect(await runs(orphan)).toBe(true);
  managed.killGroup('SIGTERM');
  await untilGone(orphan);
});

test('a descendant that holds the output open does not hold the exit back, and is read on', async () => {
  const { managed, lines, lineThat } = await sh('(read -r go <&3; echo late) & echo early', {
    channel: true,
  });
  await managed.exited;
  expect(lines).toEqual(['stdout: early']);
  managed.channel?.end('go\n');
  await lineThat((line) => line === 'stdout: late');
});

test('ends what ignores SIGTERM once its grace is over', async () => {
  const { managed, lineThat } = await sh('trap "" TERM; echo ready; while :; do sleep 600; done');
  await lineThat((line) => line === 'stdout: ready');
  await endSession(managed, 50);
  expect(await managed.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('ends what heeds SIGTERM at once, and does nothing the second time', async () => {
  const { managed, lineThat } = await sh('trap "exit 7" TERM; echo ready; sleep 600 & wait');
  await lineThat((line) => line === 'stdout: ready');
  await endSession(managed, 600_000);
  expect(await managed.exited).toEqual({ code: 7, signal: null });
  await endSession(managed, 600_000);
});

test('talks with the process over its file descriptor 3', async () => {
  const { managed } = await sh('read -r word <&3; echo "heard $word" >&3', { channel: true });
  const heard: string[] = [];
  managed.channel?.setEncoding('utf8').on('data', (text: string) => heard.push(text));
  managed.channel?.write('hello\n');
  await managed.exited;
  await vi.waitFor(() => expect(heard.join('')).toBe('heard hello\n'), 20_000);
});

test.each([
  ['a program that is not there', { command: '/no/such/program' }],
  ['a file that is no program', { command: '/etc/passwd' }],
  ['a directory that is not there', { command: 'true', cwd: '/no/such/directory' }],
  ['an argument that is too long', { command: 'true', args: ['x'.repeat(3_000_000)] }],
  ['an argument that no program can get', { command: 'true', args: ['a\0b'] }],
])('%s is a PROCESS_FAILED that names it and has a cause', async (_what, spec) => {
  const error = await systemProcesses.spawn({ env: { PATH }, ...spec }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isRunnerError(error)).toBe(true);
  expect(error).toMatchObject({ code: 'PROCESS_FAILED', cause: expect.any(Error) as Error });
  expect((error as Error).message).toContain(spec.command);
});

test('an ended process does not keep a group that somebody else may have by now', async () => {
  const { managed } = await sh('exit 0');
  await managed.exited;
  const kill = vi.spyOn(process, 'kill');
  managed.killGroup('SIGKILL');
  managed.kill('SIGKILL');
  await endSession(managed, 1_000);
  expect(kill).not.toHaveBeenCalled();
});
