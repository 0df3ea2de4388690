import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

const TOKEN = 'ghp_e2eSecret0123456789abcdef0123456789';

/** Finds the token without knowing it. */
const PATTERN = 'ghp_e2eSecre[t][0-9a-f]*';

/** Everything that a job can read of other processes and of files, as far as it may hold a secret. */
const LOOK_AROUND = `
  set +e
  env
  cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/task/*/comm 2>/dev/null | tr '\\0' '\\n'
  cat /run/secrets/* 2>/dev/null
  grep -rlaE '${PATTERN}' /etc /home /mnt /opt/ci-runner /root /run /tmp /var 2>/dev/null
  id -un`;

/** Shows all argument lists again and again, until the file is there. */
const ENOUGH = '/run/enough';
const ARGUMENTS = `until [ -e ${ENOUGH} ]; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; sleep 0.05; done`;

describe.runIf(hasEngine())('a secret', () => {
  test('is seen by no job, in no argument list, in no line of the log', async () => {
    const github = await startReachableGitHub(undefined, { token: TOKEN });
    const runner = await startContainer({ github });
    const watched = runner.exec(['sh', '-c', ARGUMENTS]);
    const { log, result } = await runJob(github, runner, LOOK_AROUND);
    expect(result).toBe('Succeeded');
    expect(log).toContain('guest');
    expect(log.join('\n')).not.toContain(TOKEN);
    await runner.exec(['touch', ENOUGH]);
    const { stdout } = await watched;
    expect(stdout).toContain('Runner.Listener');
    expect(stdout).not.toContain(TOKEN);
    expect(await runner.stop()).toBe(0);
    expect(runner.log()).not.toContain(TOKEN);
  });

  test('is not in the environment of a login shell, which is guest’s', async () => {
    const github = await startReachableGitHub(undefined, { token: TOKEN });
    const runner = await startContainer({
      github,
      environment: { HARMLESS: 'kept as it is', COPY: `Bearer ${TOKEN}` },
      options: ['--env=PATH=/opt/more/bin:/usr/local/bin:/usr/bin:/bin'],
    });
    const who = 'id -un; pwd; env; tr "\\0" "\\n" <"/proc/$$/environ"; cat /proc/1/environ; true';
    const asGuest = await runner.exec(['bash', '-l'], ['--interactive'], who);
    const lines = asGuest.stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual(['guest', '/home/guest']);
    expect(lines).toContain('HARMLESS=kept as it is');
    expect(lines).toContain('PATH=/opt/more/bin:/usr/local/bin:/usr/bin:/bin');
    expect(lines).toContain('HOME=/home/guest');
    expect(asGuest.stdout).not.toContain(TOKEN);
    const oneCommand = await runner.exec(['bash', '-lc', 'id -un; echo "$0 $1"', 'zero', 'one']);
    expect(oneCommand.stdout).toBe('guest\nzero one\n');
    const asRoot = await runner.exec(['bash', '-c', 'id -un; echo "$GH_TOKEN"']);
    expect(asRoot.stdout).toBe(`root\n${TOKEN}\n`);
  });
});
