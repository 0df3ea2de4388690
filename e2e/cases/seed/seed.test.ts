import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobStep } from '../../../packages/sandbox/src/index.ts';
import { composeProject, exitCodeOf, newestCompose } from '../../compose/compose-project.ts';
import { docker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { dockerDriver } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { startStorage } from '../../storage-server/start-storage.ts';
import { startCentralHost } from './central-host.ts';
import { makeContext } from './make-context.ts';

const LABELS = ['linux', 'x64'];
const WARM_FILES = 300;

const output = (name: string, script: string): JobStep => ({
  name,
  run: `answer=$(${script})\necho "${name}=$answer" >>"$GITHUB_OUTPUT"`,
});

const LOOK_AROUND: JobStep[] = [
  output('files', 'find . -type f | wc -l'),
  output('work', 'stat --file-system --format=%T /mnt'),
  output('executable', String.raw`printf '#!/bin/sh\necho yes\n' >run; chmod +x run; ./run`),
  output('tcp', 'exec 3<>/dev/tcp/127.0.0.1/15432; echo ping >&3; head -n 1 <&3'),
  output(
    'udp',
    'exec 3<>/dev/udp/127.0.0.1/18125; echo ping >&3; timeout 10 dd bs=64 count=1 <&3 2>/dev/null',
  ),
  output('exports', 'echo "$FROM_ROOT $FROM_GUEST"'),
  output('zone', 'date +%Z'),
  output(
    'programs',
    'for p in node yarn redis-cli psql; do $p --version >/dev/null && echo -n "$p "; done',
  ),
];

test.runIf(hasEngine())(
  'the compose file and Dockerfile that the README began with work as they stand, and a stop waits for the job',
  async () => {
    const { directory, home, key } = await makeContext();
    const { host } = dockerDriver();
    await startCentralHost(host);
    const storage = await startStorage('seed', {
      publicKey: key.publicKey,
      options: [`--publish=${host}:10022:10022`],
    });
    await storage.fill('main', WARM_FILES);
    const github = await startReachableGitHub();
    // The played GitHub has another name than the genuine one.
    const overrides = join(directory, 'overrides.yml');
    await writeFile(overrides, `services: {ci-runner: {environment: [GH_HOST=${github.url}]}}\n`);
    const project = composeProject({
      compose: newestCompose(),
      what: 'seed',
      files: [join(directory, 'compose.yml'), overrides],
      environment: {
        HOME: home,
        GH_TOKEN: github.token,
        GH_REPOSITORY: 'octo/app',
        GH_LABELS: LABELS.join(','),
        TZ: 'Asia/Tokyo',
        FORWARD_HOST: host,
      },
    });
    await project.up();

    const job = github.queueJob({ name: 'look around', labels: LABELS, steps: LOOK_AROUND });
    expect(await job.completed).toMatchObject({
      result: 'Succeeded',
      outputs: {
        files: `${WARM_FILES}`,
        work: 'tmpfs',
        executable: 'yes',
        tcp: 'ping',
        udp: 'ping',
        exports: 'root guest',
        zone: 'JST',
        programs: 'node yarn redis-cli psql ',
      },
    });
    const container = await project.container('ci-runner');
    expect(await docker(['exec', container, 'bash', '-lc', 'id -un; pwd'])).toBe(
      'guest\n/home/guest',
    );
    expect(await docker(['exec', container, 'bash', '-c', 'id -un'])).toBe('root');

    const last = github.queueJob({ name: 'last', labels: LABELS, steps: [{ run: 'sleep 10' }] });
    await last.acquired;
    await project.stop('ci-runner');
    expect((await last.completed).result).toBe('Succeeded');
    expect(github.runners()).toEqual([]);
    expect(await exitCodeOf(container)).toBe(0);
  },
);
