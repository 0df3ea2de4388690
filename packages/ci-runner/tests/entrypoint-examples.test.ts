import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner, definePlugin, systemEffects, type User } from '@ci-runner/core';
import { createEntrypoints } from '@ci-runner/plugin-entrypoints';
import { startCloudWatch, startImds } from '@ci-runner/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { findProgram } from '../src/rehearse/find-program.ts';
import { startStorageHost } from '../src/rehearse/storage-host.ts';
import { makeEntrypointsPlace, outputOf } from './entrypoints-place.ts';
import { CI_RUNNER, ROOT } from './run-command.ts';

const EXAMPLES = join(ROOT, 'packages/ci-runner/examples/entrypoints');

const read = async (path: string): Promise<Record<string, string>> => ({
  [path.split('/')[1] ?? '']: await readFile(join(EXAMPLES, path), 'utf8'),
});

test('labels are computed before they are validated, and a disk that is too small stops the boot', async () => {
  const { boot, workDir } = await makeEntrypointsPlace({
    root: {
      ...(await read('root/entrypoint.00-labels.sh')),
      ...(await read('root/entrypoint.05-enough-disk.ts')),
    },
  });
  const ended = await boot({ GH_LABELS: 'linux', NEEDED_GB: '0.001' });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/"GH_LABELS":"linux,cpus-\d+"/);
  expect(outputOf(ended)[0]).toMatch(/entrypoint\.05-enough-disk\.ts: .* GB free$/);

  const stopped = await boot({ GH_LABELS: 'linux', NEEDED_GB: '1000000' });
  expect(stopped.code).toBe(70);
  expect(stopped.stdout).toMatch(
    new RegExp(
      `05-enough-disk\\.ts: line \\d+: ${workDir} has [\\d.]+ GB free, and jobs need 1000000 GB: mount a larger volume`,
    ),
  );
});

const importing = (own: string): string => `import { RunnerError } from '@ci-runner/core';
    import { loadSlot } from '@ci-runner/plugin-ci-storage/library';
    import { stockPlugins, type ${own} } from 'ci-runner';
    const main: ${own} = ({ log }) =>
      log.info([typeof RunnerError, typeof loadSlot, stockPlugins().length > 3].join());
    export default main;`;

test('modules of both users import our packages, which are not beside them', async () => {
  const { boot } = await makeEntrypointsPlace({
    root: { 'entrypoint.1.ts': importing('RootEntrypoint') },
    guest: { 'entrypoint.2.ts': importing('GuestEntrypoint') },
  });
  const finished = await boot();
  expect(finished.stderr).toBe('');
  expect(outputOf(finished)).toEqual([
    'entrypoint.1.ts: function,function,true',
    'entrypoint.2.ts: function,function,true',
  ]);
}, 120_000);

test('what jobs leave is removed after each', async () => {
  const { boot, place } = await makeEntrypointsPlace({
    root: await read('root/entrypoint.30-clean-up.ts'),
  });
  const scratch = join(place.directory, 'scratch');
  await mkdir(join(scratch, 'deep/er'), { recursive: true });
  await writeFile(join(scratch, 'file'), '');
  const { code, stdout } = await boot({ SCRATCH_DIR: scratch });
  expect(code).toBe(0);
  expect(stdout).toContain(`build left 3 files and directories in ${scratch}`);
  expect(await readdir(scratch)).toEqual([]);
});

test('a link in the place of what is removed leads to nothing', async () => {
  const { boot, place } = await makeEntrypointsPlace({
    root: await read('root/entrypoint.30-clean-up.ts'),
  });
  const others = join(place.directory, 'others');
  await mkdir(others);
  await writeFile(join(others, 'file'), '');
  await symlink(others, join(place.directory, 'scratch'));
  const { code } = await boot({ SCRATCH_DIR: join(place.directory, 'scratch') });
  expect(code).toBe(0);
  expect(await readdir(others)).toEqual(['file']);
});

test('metrics are published by a hook of the stock set, and by the function of guest’s', async () => {
  const cloudwatch = await startCloudWatch({ region: 'eu-central-1' });
  const { credentials } = cloudwatch;
  const imds = await startImds({ instanceId: 'i-1', region: 'eu-central-1', credentials });
  onTestFinished(async () => {
    await Promise.all([cloudwatch.close(), imds.close()]);
  });
  const { boot } = await makeEntrypointsPlace({
    root: await read('root/entrypoint.20-boot-metric.ts'),
    guest: await read('guest/entrypoint.10-metric.sh'),
    plugins: ['entrypoints', 'cloudwatch'],
  });
  const find = (wanted: string) => cloudwatch.published.find(({ name }) => name === wanted);
  const environment = {
    IMAGE_NAME: 'octo',
    GH_REPOSITORY: 'octo/app',
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatch.url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
  };
  const { code } = await boot(environment, async () => {
    await expect
      .poll(() => find('InstalledPackages')?.value, { timeout: 100_000 })
      .toBeGreaterThan(1);
  });
  expect(code).toBe(0);
  expect(find('GuestBoots')).toMatchObject({ value: 1, dimensions: { Image: 'octo' } });
}, 200_000);

const account = async (home: string): Promise<User> => {
  const current = systemEffects.users.current();
  const user = current.uid === 0 ? await systemEffects.users.find('nobody') : current;
  if (user === undefined) throw new Error('no account nobody');
  return { ...user, home };
};

const give = async (path: string, { uid, gid }: User, mode: number): Promise<void> => {
  await chmod(path, mode);
  if (process.getuid?.() === 0) await chown(path, uid, gid);
};

test('guest’s module fills a second directory from the storage over ssh', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'entrypoint-examples-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const home = join(directory, 'guest');
  const guest = await account(home);
  await mkdir(join(home, '.ssh'), { recursive: true });
  await cp(
    join(EXAMPLES, 'guest/entrypoint.20-prewarm-tools.ts'),
    join(home, 'entrypoint.20-prewarm-tools.ts'),
  );
  const environment = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  await mkdir(join(directory, 'sshd'));
  const storage = await startStorageHost({
    sshd: findProgram('sshd', environment.PATH) ?? '',
    directory: join(directory, 'sshd'),
    environment,
    account: systemEffects.users.current(),
  });
  if (storage === undefined) throw new Error('sshd does not start');
  onTestFinished(async () => storage.close());
  await writeFile(join(home, '.ssh/id_rsa'), storage.privateKey);
  await give(join(home, '.ssh/id_rsa'), guest, 0o600);
  await give(join(home, '.ssh'), guest, 0o700);
  await give(home, guest, 0o755);
  await mkdir(join(directory, 'slots/main/bin'), { recursive: true });
  await writeFile(join(directory, 'slots/main/bin/tool'), 'a tool');

  const served = Promise.withResolvers<Readonly<Record<string, string>>>();
  const lines: string[] = [];
  const runner = createRunner({
    config: {
      workDir: join(directory, 'work'),
      plugins: [
        createEntrypoints(CI_RUNNER)({ rootDirectory: join(directory, 'none') }),
        definePlugin({
          name: 'stand-in',
          setup({ hooks }) {
            hooks.resolveRegistration.tap(() => ({ id: 1, name: 'one', labels: [] }));
            hooks.resolveServed.tap(async ({ environment: inherited }) => {
              served.resolve(inherited);
              return new Promise<never>(() => {});
            });
            hooks.resolveDrained.tap(() => ({
              deregistered: true,
              jobWasRunning: false,
              jobResult: undefined,
            }));
          },
        })(),
      ],
    },
    environment: {
      ...environment,
      CI_STORAGE_HOST: storage.address,
      TOOLS_STORAGE: join(directory, 'slots'),
      CI_RUNNER_GUEST_ENTRYPOINTS: home,
    },
    effects: {
      ...systemEffects,
      users: { current: () => systemEffects.users.current(), find: async () => guest },
    },
    write: (line) => lines.push(line),
  });
  const ended = runner.run();
  const { TOOLS_DIR } = await Promise.race([
    served.promise,
    ended.then(() => {
      throw new Error(lines.join(''));
    }),
  ]);
  expect(lines.join('')).toContain(`${home}/tools has slot main`);
  expect(TOOLS_DIR).toBe(join(home, 'tools'));
  expect(await readFile(join(home, 'tools/bin/tool'), 'utf8')).toBe('a tool');
  runner.drain('the test is over');
  await ended;
}, 120_000);
