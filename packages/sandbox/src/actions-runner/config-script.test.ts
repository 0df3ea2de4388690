import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runProgram } from './testing/processes.ts';
import { gitHub, installedRunner } from './testing/runners.ts';
import { startServer } from './testing/servers.ts';

vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;

test.concurrent('a failing server is tried three times, and each failure is printed', async () => {
  const { url: origin } = await startServer(() => ({ status: 503, body: { message: 'later' } }));
  const root = await installedRunner();
  const url = `${origin}/octo/app`;
  const args = ['--unattended', '--url', url, '--token', 'T'];
  const { code, stderr } = await runProgram(join(root, 'config.sh'), args);
  expect(code).toBe(1);
  expect(stderr.match(/Http response code: ServiceUnavailable from 'POST /g)).toHaveLength(3);
  expect(stderr).toMatch(
    /\nResponse status code does not indicate success: 503 \(Service Unavailable\)\.\n$/,
  );
});

test.runIf(isRoot).concurrent.for([[[]], [['remove']]] as const)(
  'root is refused: %j',
  async ([args]) => {
    const root = await installedRunner();
    const env = { RUNNER_ALLOW_RUNASROOT: undefined };
    const outcome = await runProgram(join(root, 'config.sh'), args, { env });
    expect(outcome).toMatchObject({ code: 1, stdout: 'Must not run with sudo\n', stderr: '' });
    expect(existsSync(join(root, '.env'))).toBe(false);
  },
);

test.concurrent('.path takes PATH anew, and .env gains only variables that it lacks', async () => {
  const root = await installedRunner();
  const run = (env: Record<string, string | undefined>): Promise<unknown> =>
    runProgram(join(root, 'config.sh'), ['remove', '--local'], { env });
  const PATH = process.env['PATH'];
  await run({ PATH: `/first:${PATH}`, LANG: 'C.UTF-8', JAVA_HOME: '/a', NVM_BIN: undefined });
  expect(readFileSync(join(root, '.path'), 'utf8')).toBe(`/first:${PATH}\n`);
  await run({ PATH, LANG: 'other', JAVA_HOME: '/b', NVM_BIN: '/n' });
  expect(readFileSync(join(root, '.path'), 'utf8')).toBe(`${PATH}\n`);
  expect(readFileSync(join(root, '.env'), 'utf8')).toBe('LANG=C.UTF-8\nJAVA_HOME=/a\nNVM_BIN=/n\n');
});

test.concurrent.for<[string, RegExp]>([
  ['--version', /^2\.336\.0\n$/],
  ['--commit', /^[0-9a-f]{40}\n$/],
  ['--help', /--unattended/],
])('%s comes before anything else', async ([option, expected]) => {
  const root = await installedRunner();
  const { code, stdout } = await runProgram(join(root, 'config.sh'), [option]);
  expect(code).toBe(0);
  expect(stdout).toMatch(expected);
});

test.concurrent.for<[string, string | undefined, string[]]>([
  ['the right token', undefined, ['P A S S', 'P A S S']],
  ['a wrong token', 'ghp_wrong', ['P A S S', 'F A I L']],
])('--check with %s registers nothing and ends with 0', async ([, pat, verdicts]) => {
  const server = await gitHub();
  const root = await installedRunner();
  const args = ['--check', '--url', `${server.url}/octo/app`, '--pat', pat ?? server.token];
  const { code, stdout, stderr } = await runProgram(join(root, 'config.sh'), args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/P A S S|F A I L/g)).toEqual(verdicts);
  expect(server.runners()).toEqual([]);
  expect(existsSync(join(root, '.runner'))).toBe(false);
});

test.concurrent('--check fails everything where nobody answers', async () => {
  const root = await installedRunner();
  const args = ['--check', '--url', 'http://127.0.0.1:9/octo/app', '--pat', 'P'];
  const { code, stdout } = await runProgram(join(root, 'bin/Runner.Listener'), args);
  expect(code).toBe(0);
  expect(stdout.match(/P A S S|F A I L/g)).toEqual(['F A I L', 'F A I L']);
});
