import { systemEffects } from '@ci-runner/core';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { readableNode } from '../src/rehearse/readable-node.ts';
import { CI_RUNNER, runCommand, startCommand, type Running } from './run-command.ts';
import { makeGitHubPlace } from './supervised-github.ts';

/** The first match in what a command has printed, as soon as there is one; rejects when the command ends without. */
const printed = async ({ child, finished }: Running, form: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
      const match = form.exec(text);
      if (match) resolve(match);
    });
    finished.then(
      ({ stderr }) => reject(new Error(`it ended without ${form}: ${text}${stderr}`)),
      reject,
    );
  });

test(
  'a runner that has no actions-runner gets one from the played GitHub, runs its jobs, and both end cleanly',
  { timeout: 120_000 },
  async () => {
    const scene = await makeGitHubPlace();
    const { place } = scene;
    const { users } = systemEffects;
    const guest =
      users.current().uid === 0
        ? ((await users.find('nobody')) ?? users.current())
        : users.current();
    const [, ...args] = CI_RUNNER;
    const node = await readableNode(guest, place.directory);
    const sandbox = startCommand([node, ...args, 'sandbox', '--port', '0'], {
      GH_TOKEN: 'ghp_of-this-test',
      TMPDIR: place.directory,
    });
    onTestFinished(() => void sandbox.child.kill('SIGKILL'));
    const [, url = ''] = await printed(sandbox, /played at (\S+), with the repository octo\/app\n/);
    const directory = join(place.directory, 'installed');
    await mkdir(directory);
    if (guest.uid !== process.getuid?.()) await chown(directory, guest.uid, guest.gid);
    const runner = scene.start({
      GH_HOST: url,
      GH_TOKEN: 'ghp_of-this-test',
      GH_LABELS: 'sandbox',
      GH_RUNNER_DIRECTORY: directory,
    });
    const [line] = await printed(sandbox, /build 1 on .*\n/);
    expect(line).toMatch(
      /^build 1 on ci-runner-\S+: succeeded; 0 files were there at its start, none stored\n$/,
    );
    runner.child.kill('SIGTERM');
    expect((await runner.finished).code).toBe(0);
    sandbox.child.kill('SIGTERM');
    const { code, stdout, stderr } = await sandbox.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('ghp_of-this-test');
  },
);

test('what it cannot listen on, and settings that it cannot read, are named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const taken = await runCommand([...CI_RUNNER, 'sandbox', '--port', `${port}`]);
  expect(taken).toMatchObject({
    code: 78,
    stderr: `ci-runner: --host and --port: cannot listen on port ${port} of 127.0.0.1 (EADDRINUSE); name another one\n`,
  });
  const repository = await runCommand([...CI_RUNNER, 'sandbox', '--port', '0'], {
    GH_REPOSITORY: 'app',
  });
  expect(repository).toMatchObject({
    code: 78,
    stderr: 'ci-runner: GH_REPOSITORY takes owner/repo, such as octo/app\n',
  });
  const wrong = await runCommand([...CI_RUNNER, 'sandbox', '--port', '70000']);
  expect(wrong).toMatchObject({ code: 64 });
  expect(wrong.stderr).toContain('It takes a port, from 0 to 65535.');
});
