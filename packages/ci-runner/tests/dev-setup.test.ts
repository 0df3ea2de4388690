import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { useDevCheckout } from './dev-checkout.ts';
import { inMounts } from './rehearsal-directory.ts';
import { runCommand, startCommand } from './run-command.ts';

const checkout = useDevCheckout();

const there = async (name: string): Promise<boolean> =>
  access(join(checkout.path, name)).then(
    () => true,
    () => false,
  );

/** Sets up where /usr/sbin has a policy of this content, and tells what is there afterwards. */
const setUpWithPolicy = async (line: string): Promise<string> => {
  const leave = `printf '${line}\\n' >/usr/sbin/policy-rc.d; "$@"; cat /usr/sbin/policy-rc.d || :`;
  const { stdout } = await runCommand(
    [...inMounts(`mount -t tmpfs none /usr/sbin; ${leave}`), checkout.dev, 'setup'],
    checkout.environment,
  );
  return stdout;
};

describe.runIf(process.getuid?.() === 0)('./dev setup (needs root)', () => {
  test('a checkout that root has set up serves other users, who cannot install', async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', checkout.dev];
    expect(await runCommand([checkout.dev, 'setup'], checkout.environment)).toMatchObject({
      code: 0,
    });
    expect(await runCommand([...asNobody, 'setup'], checkout.environment)).toMatchObject({
      code: 0,
      stderr: '',
    });
    await writeFile(join(checkout.path, 'package.json'), '{}');
    const { code, stderr } = await runCommand([...asNobody, 'setup'], checkout.environment);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `dev: something has to be installed, and nobody cannot write to ${checkout.path}/.dev: run ./dev setup as its owner\n`,
    );
  });

  /** A machine whose haproxy is missing; whatever is done to its /usr/sbin is forgotten. */
  const WITHOUT_HAPROXY = inMounts(`
    mkdir "$CHECKOUT/sbin"
    mount -t tmpfs none "$CHECKOUT/sbin"
    mkdir "$CHECKOUT/sbin/upper" "$CHECKOUT/sbin/work"
    mount -t overlay none /usr/sbin \
      -o "lowerdir=/usr/sbin,upperdir=$CHECKOUT/sbin/upper,workdir=$CHECKOUT/sbin/work"
    cp /usr/sbin/haproxy "$CHECKOUT/haproxy"
    rm -f /usr/sbin/haproxy /usr/sbin/policy-rc.d
    if "$@"; then code=0; else code=$?; fi
    # The lock is free when nothing of the setup runs any more.
    flock "$CHECKOUT/.dev/lock" ls /usr/sbin/policy-rc.d >"$CHECKOUT/policy-after" 2>/dev/null || :
    exit $code`);

  /** Waits in the middle, as the real one may; it is told to go on by a file. */
  const APT_GET = `
    echo "apt-get $*" >>"$CHECKOUT/calls"
    case "$*" in *--download-only* | update*) exit 0 ;; esac
    cp /usr/sbin/policy-rc.d "$CHECKOUT/policy-during"
    until [ -e "$CHECKOUT/go" ] || [ ! -e "$CHECKOUT" ]; do sleep 0.05; done
    cp "$CHECKOUT/haproxy" /usr/sbin/
    : >"$CHECKOUT/installed"`;

  beforeEach(async () => {
    await checkout.addProgram('apt-get', APT_GET);
    await checkout.addProgram('dpkg', 'echo "dpkg $*" >>"$CHECKOUT/calls"');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGKILL', 137],
  ])('%s lets apt finish, and no policy stays', async (signal, expected) => {
    const { finished } = startCommand(
      // The shell between tells its process id, by which it becomes dev.
      [...WITHOUT_HAPROXY, 'sh', '-c', `echo $$ >"$CHECKOUT/pid"; exec "$CHECKOUT/dev" setup`],
      checkout.environment,
    );
    await expect.poll(async () => there('policy-during')).toBe(true);
    process.kill(Number(await readFile(join(checkout.path, 'pid'), 'utf8')), signal);
    await writeFile(join(checkout.path, 'go'), '');
    expect((await finished).code).toBe(expected);
    expect(await there('installed')).toBe(true);
    expect(await readFile(join(checkout.path, 'policy-during'), 'utf8')).toContain('exit 101');
    expect(await readFile(join(checkout.path, 'policy-after'), 'utf8')).toBe('');
    const calls = await readFile(join(checkout.path, 'calls'), 'utf8');
    expect(calls.trim().split('\n')).toEqual([
      'apt-get update -q',
      'dpkg --force-confold --configure -a',
      expect.stringMatching(/^apt-get install .*--download-only haproxy$/),
      expect.stringMatching(/^apt-get install .* haproxy$/),
    ]);
  });

  test.each([
    ['26.1.5+dfsg1', 'haproxy docker-buildx'],
    ['20.10.24+dfsg1', 'haproxy'],
  ])(
    'an engine whose client is %s is completed with what that needs to build',
    async (version, packages) => {
      const client = `case $1 in --version) echo "Docker version ${version}, build 1" ;; buildx) exit 1 ;; esac`;
      await checkout.addProgram('docker', client);
      await checkout.addProgram('apt-cache', '[ "$*" = "show docker-buildx" ]');
      for (const name of ['dockerd', 'debootstrap', 'shellcheck'])
        await checkout.addProgram(name, '');
      await writeFile(join(checkout.path, 'go'), '');
      const setUp = `
      if [ -e /usr/bin/docker ]; then mount --bind "$CHECKOUT/bin/docker" /usr/bin/docker; fi
      exec "$CHECKOUT/dev" setup --docker`;
      const { code } = await runCommand(
        [...WITHOUT_HAPROXY, 'sh', '-c', setUp],
        checkout.environment,
      );
      expect(code).toBe(0);
      const calls = await readFile(join(checkout.path, 'calls'), 'utf8');
      expect(calls.trim().split('\n').at(-1)).toMatch(
        new RegExp(`--no-install-recommends ${packages}(?: debian-archive-keyring)?$`),
      );
    },
  );

  test.each([
    ['rehearse', false],
    ['test', true],
  ])('%s asks for what it needs itself', async (task, wantsRedis) => {
    await runCommand([checkout.dev, 'rehearse'], checkout.environment);
    for (const name of ['cat', 'cksum', 'dirname', 'id', 'readlink', 'uname']) {
      await checkout.addProgram(name, `PATH=/usr/bin:/bin exec ${name} "$@"`);
    }
    const { stderr } = await runCommand(
      ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', checkout.dev, task],
      { ...checkout.environment, PATH: join(checkout.path, 'bin') },
    );
    expect(stderr).toMatch(/apt-get install --no-install-recommends rsync openssh-client curl/);
    expect(stderr.includes('redis-server')).toBe(wantsRedis);
  });

  test('a policy that a killed call has left is removed, another one is not', async () => {
    for (const name of ['haproxy', 'sshd']) await checkout.addProgram(name, '');
    expect(await setUpWithPolicy('# written by ci-runner/dev; safe to remove')).toBe('');
    expect(await setUpWithPolicy('# theirs')).toBe('# theirs\n');
  });
});
