import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../src/rehearse/storage-host.ts';
import { startForwardProxy, type ForwardProxy } from './forward-proxy.ts';
import { CI_RUNNER, ROOT, runCommand } from './run-command.ts';
import { makeGitHubPlace } from './supervised-github.ts';

/** A GitHub that only a proxy can reach: there is no such host. */
const GITHUB = 'http://github.test';

test('a runner serves a GitHub behind a proxy', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const { github, place, start } = await makeGitHubPlace(undefined, { url: GITHUB, port });
  const proxy = await startForwardProxy(`http://127.0.0.1:${port}`);
  const { finished } = start({ HTTP_PROXY: proxy.url, GH_DRAIN_QUIET_SEC: '0' });
  const steps = [{ run: 'echo "$HTTP_PROXY"' }];
  const job = await github.queueJob({ name: 'build', labels: ['linux'], steps }).completed;
  expect(job).toMatchObject({ result: 'Succeeded' });
  expect(job.log.join('\n')).toContain(proxy.url);
  await place.run('drain');
  expect((await finished).code).toBe(0);
  expect([...proxy.hosts]).toEqual(['github.test']);
});

/** A proxy behind which there is nobody. */
const startDeadEnd = async (): Promise<ForwardProxy> => startForwardProxy('http://127.0.0.1:1');

test('what a proxy has against it is logged', { timeout: 30_000 }, async () => {
  const { place, start } = await makeGitHubPlace();
  const proxy = await startDeadEnd();
  const { child, finished } = start({ HTTPS_PROXY: proxy.url, GH_HOST: 'https://github.test' });
  let log = '';
  child.stdout?.on('data', (data: Buffer) => (log += data.toString()));
  await expect
    .poll(() => log, { timeout: 20_000 })
    .toMatch(/GitHub: no answer \(.*github\.test:443 via .*502 Bad Gateway.*\)/);
  await place.run('drain');
  expect((await finished).code).toBe(0);
});

test.each([
  ['https://monitoring.test', ['monitoring.test:443']],
  ['https://127.0.0.1:1', []],
])('CloudWatch at %s', { timeout: 30_000 }, async (endpoint, hosts) => {
  const proxy = await startDeadEnd();
  const { code } = await runCommand([...CI_RUNNER, 'metric', 'Boots', '1'], {
    HTTPS_PROXY: proxy.url,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIA0',
    AWS_SECRET_ACCESS_KEY: 's3cr3t',
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  expect(code).toBe(75);
  expect([...proxy.hosts]).toEqual(hosts);
});

test('downloads go through it too', { timeout: 30_000 }, async () => {
  const proxy = await startDeadEnd();
  const script = `
    const { useProxies } = await import('${join(ROOT, 'packages/ci-runner/src/commands/use-proxies.ts')}');
    useProxies(process.env);
    await Promise.allSettled(['https://a.test/', 'http://127.0.0.1:1/'].map((url) => fetch(url)));`;
  const command = [process.execPath, '--input-type=module', '--eval', script];
  const { code } = await runCommand(command, { http_proxy: proxy.url, HTTPS_PROXY: proxy.url });
  expect(code).toBe(0);
  expect([...proxy.hosts]).toEqual(['a.test:443']);
});

test.each([
  ['check', 'user:sup3rs3cret@proxy:3128'],
  ['start', 'user:sup3rs3cret@proxy:3128'],
  ['start', 'http://user:sup3rs3cret%@proxy:3128'],
])('%s tells a proxy that cannot be used, without its password: %s', async (command, proxy) => {
  const { code, stdout, stderr } = await runCommand([...CI_RUNNER, command], {
    GH_TOKEN: 'ghp_x',
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'linux',
    CI_RUNNER_USER: 'nobody',
    HTTPS_PROXY: proxy,
  });
  expect(code).toBe(78);
  expect(stdout + stderr).toContain(
    'HTTPS_PROXY: takes the URL of a proxy, such as http://proxy.internal:3128',
  );
  expect(stdout + stderr).not.toContain('sup3rs3cret');
});
