import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { playInstance, type PlayedInstance } from './played-instance.ts';

const ID = 'i-0123456789abcdef0';
const ACTION = `--instance-id ${ID} --auto-scaling-group-name my-runners --lifecycle-hook-name ci-runner-drain`;
const COMPLETE = `aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE ${ACTION}`;
const HEARTBEAT = `aws autoscaling record-lifecycle-action-heartbeat ${ACTION}`;
const TERMINATE = `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${ID} --no-should-decrement-desired-capacity`;

const RUN = 'docker run';

/** What was asked of Auto Scaling, each once. */
const asked = async ({ calls }: PlayedInstance): Promise<string[]> => [
  ...new Set(await calls('aws autoscaling')),
];

/** An instance whose container runs. */
const running = async (targetLifecycleState?: string): Promise<PlayedInstance> => {
  const instance = await playInstance(targetLifecycleState);
  await instance.install();
  await instance.serve();
  await expect.poll(async () => instance.calls(RUN)).toHaveLength(1);
  return instance;
};

test('the user data makes itself a service that begins with every boot, and waits for nothing', async () => {
  const { install, calls, directory } = await playInstance('InService');
  await install();
  expect(await calls('')).toEqual([
    'systemctl daemon-reload',
    'systemctl enable --now --no-block ci-runner',
  ]);
  const unit = await readFile(join(directory, 'etc/systemd/system/ci-runner.service'), 'utf8');
  expect(unit).toContain('\nWantedBy=multi-user.target\n');
  expect(unit).toContain('\nRestart=on-failure\n');
});

/** An instance in no group whose container was started with these settings, and what `docker` was passed for it. */
const started = async (
  variables: Readonly<Record<string, string>>,
): Promise<{ directory: string; passed: string[] }> => {
  const { install, serve, calls, directory } = await playInstance();
  await install();
  await serve(variables);
  await expect.poll(async () => calls('sleep')).not.toHaveLength(0);
  const passed = await readFile(join(directory, 'container-arguments'), 'utf8');
  return { directory, passed: passed.split('\n') };
};

describe('the container', () => {
  test('gets the boot time and the storage, and the secrets as files alone', async () => {
    const { directory, passed } = await started({ CI_STORAGE_HOST: '127.0.0.1:10022' });
    const bootTime = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1];
    expect(passed).toContain(`BTIME=${bootTime}`);
    expect(passed).toContain('GH_REPOSITORY=octo/app');
    expect(passed).toContain('CI_STORAGE_HOST=127.0.0.1:10022');
    expect(passed).toContain('/mnt:exec');
    expect(passed.join('\n')).not.toContain('value of');
    for (const [name, secret] of [
      ['GH_TOKEN', 'ci-runner/gh-token'],
      ['CI_STORAGE_PRIVATE_KEY', 'ci-runner/ci-storage-private-key'],
    ] as const) {
      const path = join(directory, 'run/ci-runner/secrets', name);
      expect(passed).toContain(`${path}:/run/secrets/${name}:ro`);
      expect(await readFile(path, 'utf8')).toBe(`value of ${secret}\n`);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('gets no key where there is no storage', async () => {
    const { directory, passed } = await started({});
    const secrets = join(directory, 'run/ci-runner/secrets');
    expect(passed).toContain(`${join(secrets, 'GH_TOKEN')}:/run/secrets/GH_TOKEN:ro`);
    expect(passed.join('\n')).not.toContain('CI_STORAGE_PRIVATE_KEY');
    expect(await readdir(secrets)).toEqual(['GH_TOKEN']);
  });

  test('is left alone by a service that is started again, and made anew by a boot', async () => {
    const { install, serve, calls, pass, reboot } = await playInstance('InService');
    await install();
    const end = await serve();
    await pass();
    await end();
    const endAgain = await serve();
    await pass();
    expect(await calls(RUN)).toHaveLength(1);
    await endAgain();
    await reboot();
    await serve();
    await expect.poll(async () => calls(RUN)).toHaveLength(2);
    expect((await calls('docker r')).slice(-2)).toEqual([
      'docker rm --force ci-runner',
      expect.stringContaining(RUN),
    ]);
  });

  test.each(['Warmed:Stopped', 'Warmed:Running'])(
    'waits on an instance that comes to the state %s until the group takes it',
    async (state) => {
      const { install, serve, calls, pass, imds } = await playInstance(state);
      await install();
      await serve();
      await pass();
      expect(await calls('docker')).toEqual([]);
      expect(await calls('aws')).toEqual([]);
      imds.metadata.targetLifecycleState = 'InService';
      await expect.poll(async () => calls(RUN)).toHaveLength(1);
    },
  );
});

describe('the instance', () => {
  test('is replaced when its container has ended for good, and let go after that', async () => {
    const instance = await running('InService');
    await instance.pass();
    await instance.container('restarting');
    await instance.pass();
    expect(await asked(instance)).toEqual([]);
    await instance.container('exited');
    await expect.poll(async () => asked(instance)).toEqual([TERMINATE]);
    instance.imds.metadata.targetLifecycleState = 'Terminated';
    await expect.poll(async () => asked(instance)).toEqual([TERMINATE, COMPLETE]);
    expect(await instance.calls(RUN)).toHaveLength(1);
  });

  test('that the group terminates is kept while the container drains, and let go when it has ended', async () => {
    const instance = await running('InService');
    instance.imds.metadata.targetLifecycleState = 'Terminated';
    await expect.poll(async () => (await instance.calls(HEARTBEAT)).length).toBeGreaterThan(2);
    expect(await asked(instance)).toEqual([HEARTBEAT]);
    await instance.container('exited');
    await expect.poll(async () => asked(instance)).toEqual([HEARTBEAT, COMPLETE]);
  });

  test('that the group terminates does not wait for a container that fails', async () => {
    const instance = await running('InService');
    await instance.container('restarting');
    await instance.pass();
    instance.imds.metadata.targetLifecycleState = 'Terminated';
    await expect.poll(async () => asked(instance)).toEqual([COMPLETE]);
  });

  test.each([undefined, 'Standby', 'Detached'])(
    'in the state %s stays, whatever becomes of its container',
    async (state) => {
      const instance = await running(state);
      await instance.container('exited');
      await instance.pass();
      expect(await asked(instance)).toEqual([]);
    },
  );

  test('is asked for again when AWS or the metadata service fails', async () => {
    const instance = await running('InService');
    await instance.refuse(true);
    instance.imds.faults.add({ answer: { status: 404 }, times: 2 });
    await instance.container('exited');
    await instance.pass();
    await instance.refuse(false);
    const refused = (await instance.calls(TERMINATE)).length;
    expect(refused).toBeGreaterThan(0);
    await expect.poll(async () => instance.calls(TERMINATE)).not.toHaveLength(refused);
    instance.imds.metadata.targetLifecycleState = 'Terminated';
    await expect.poll(async () => asked(instance)).toEqual([TERMINATE, COMPLETE]);
  });

  test('that goes back to the warm pool is kept until it has drained, and serves when it is taken again', async () => {
    const instance = await running('InService');
    instance.imds.metadata.targetLifecycleState = 'Warmed:Running';
    await expect.poll(async () => asked(instance)).toEqual([HEARTBEAT]);
    await instance.container('exited');
    await instance.pass();
    expect(await asked(instance)).toEqual([HEARTBEAT, COMPLETE]);
    expect(await instance.calls(RUN)).toHaveLength(1);
    instance.imds.metadata.targetLifecycleState = 'InService';
    await expect.poll(async () => instance.calls(RUN)).toHaveLength(2);
  });
});
