import { chmod, glob, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endProcesses, findMetaFiles } from '../src/rehearse/leftovers.ts';
import { buildWorld, type World } from '../src/rehearse/world.ts';
import { stockPlugins } from '../src/stock-plugins.ts';
import { startOnTerminal } from './on-terminal.ts';
import { CI_RUNNER } from './run-command.ts';
import { openSlowLink, type SlowLink } from './slow-link.ts';

/** What a rehearsal boots in: GitHub, a central host, and a storage behind a real sshd; it ends with the test. */
const makeWorld = async (): Promise<World> => {
  const directory = await mkdtemp(join(tmpdir(), 'boot-view-test-'));
  onTestFinished(async () => {
    await endProcesses(directory);
    for (const path of [directory, ...(await findMetaFiles(directory))]) {
      await rm(path, { recursive: true, force: true });
    }
  });
  await chmod(directory, 0o755);
  const world = await buildWorld({
    directory,
    contained: false,
    environment: { PATH: process.env['PATH'], GH_LABELS: 'linux' },
    found: { file: undefined, config: { plugins: stockPlugins() } },
  });
  onTestFinished(async () => world.close());
  return world;
};

/** More than what is on its way at any time. */
const FREE_BYTES = 12_000_000;

/** Makes the prewarm last until the link is released. */
const slowDown = async ({
  environment: { CI_STORAGE_HOST: host = '', CI_STORAGE_DIR: slots = '' },
}: World): Promise<{ readonly link: SlowLink; readonly CI_STORAGE_HOST: string }> => {
  for await (const slot of glob(join(slots, '*/*/*/rehearsal'))) {
    await writeFile(join(slot, 'large'), Buffer.alloc(FREE_BYTES + 4_000_000), { mode: 0o644 });
  }
  const [account = '', port] = host.split(/:(?=\d+$)/);
  const link = await openSlowLink(Number(port), FREE_BYTES);
  return { link, CI_STORAGE_HOST: `${account}:${link.port}` };
};

test(
  'the tasks tell what forwards, prewarm and registration have brought; a runner that serves redraws nothing',
  { timeout: 120_000 },
  async () => {
    const world = await makeWorld();
    const { github } = world;
    const { link, CI_STORAGE_HOST } = await slowDown(world);
    const environment = { ...world.environment, CI_STORAGE_HOST };
    const terminal = startOnTerminal([...CI_RUNNER, 'start'], environment, { columns: 110 });
    const screen = async (): Promise<string> => (await terminal.emulator.lines()).join('\n');
    await expect
      .poll(screen, { timeout: 60_000 })
      .toMatch(/^. prepare workspace +[\d.]+ s {2}█+░+ +\d+ % {2}[\d.]+ MB\/s$/m);
    link.release();
    await expect.poll(screen, { timeout: 60_000 }).toContain('✔ listen');
    const job = github.queueJob({ name: 'build', labels: ['linux'], steps: [{ run: 'true' }] });
    expect((await job.completed).result).toBe('Succeeded');
    terminal.type('\u0003');
    expect(await terminal.finished).toBe(0);

    const text = await screen();
    expect(text).toMatch(
      new RegExp(
        [
          String.raw`Listening for Jobs`,
          '',
          String.raw`✔ configure +[\d.]+ s`,
          String.raw`✔ prepare system +[\d.]+ s  \d+/tcp forwarded, \d+/udp forwarded`,
          String.raw`✔ prepare workspace +[\d.]+ s  2001 files, 18\.0 MB, [\d.]+ MB/s`,
          String.raw`✔ register +[\d.]+ s  ci-runner-\S+`,
          String.raw`✔ listen +[\d.]+ s`,
          String.raw`(?:\[.*\n)*\[.*\] actions-runner: .*Running job: build`,
        ].join('\n'),
      ),
    );
    expect(text.match(/✔ configure/g)).toHaveLength(1);
    const frames = terminal.output().split('\u001B[6A\u001B[J');
    expect(frames.length).toBeGreaterThan(10);
    const [, afterwards] = (frames.at(-1) ?? '').split('\u001B[?7h');
    expect(afterwards).toContain('draining: SIGINT');
    expect(afterwards).not.toContain('\u001B');
  },
);
