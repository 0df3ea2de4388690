import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startImds, type EmbeddedImds } from '@ci-runner/sandbox';
import { onTestFinished } from 'vitest';

const USER_DATA = join(import.meta.dirname, '../../../docker/aws/user-data.sh');

/** Tell their arguments to the file `calls`; the state of the container stands in the file `container`. */
const PROGRAMS: Readonly<Record<string, string>> = {
  aws: `
    [ "$AWS_DEFAULT_REGION" = eu-central-1 ] && [ ! -e aws-fails ] || exit 255
    case "$1 $2" in
      'secretsmanager get-secret-value') printf 'value of %s\\n' "$4" ;;
      'ec2 describe-tags') echo my-runners ;;
    esac`,
  docker: `
    case "$1" in
      inspect) cat container ;;
      run) printf '%s\\n' "$@" >container-arguments && echo running >container ;;
      rm) rm container ;;
    esac`,
  systemctl: '',
  sleep: 'PATH=${PATH#*:} exec sleep 0.01',
};

/** An instance of EC2 whose `aws`, `docker`, `systemctl` and `sleep` are stand-ins; its metadata service is the sandbox's. */
export interface PlayedInstance {
  /** Where its `/` is. */
  readonly directory: string;
  readonly imds: EmbeddedImds;
  /** Runs the user data, as cloud-init does. */
  readonly install: (variables?: Readonly<Record<string, string>>) => Promise<void>;
  /** Starts the service as its unit says; returns how to end it, which the end of the test does as well. */
  readonly serve: (variables?: Readonly<Record<string, string>>) => Promise<() => Promise<void>>;
  /** Forgets what a boot does not keep; Docker starts the old container and makes directories of the files that it misses. */
  readonly reboot: () => Promise<void>;
  /** What the container is from now on. */
  readonly container: (state: string) => Promise<void>;
  /** The commands so far that begin so. */
  readonly calls: (beginning: string) => Promise<string[]>;
  /** Lets the service look three times. */
  readonly pass: () => Promise<void>;
  /** Whether AWS refuses everything. */
  readonly refuse: (refuses: boolean) => Promise<void>;
}

/** Makes an instance, whose group brings it to `targetLifecycleState`. */
export const playInstance = async (targetLifecycleState?: string): Promise<PlayedInstance> => {
  const directory = await mkdtemp(join(tmpdir(), 'user-data-'));
  const imds = await startImds({
    region: 'eu-central-1',
    ...(targetLifecycleState !== undefined && { targetLifecycleState }),
  });
  onTestFinished(async () => {
    await imds.close();
    await rm(directory, { recursive: true, force: true });
  });
  const at = (...path: string[]): string => join(directory, ...path);
  await mkdir(at('programs'));
  await mkdir(at('etc/systemd/system'), { recursive: true });
  await writeFile(at('calls'), '');
  for (const [name, text] of Object.entries(PROGRAMS)) {
    const logged = `#!/bin/sh\ncd "$ROOT"\necho "${name} $*" >>calls\n${text}\n`;
    await writeFile(at('programs', name), logged, { mode: 0o755 });
  }
  const env = {
    PATH: `${at('programs')}:${process.env['PATH'] ?? ''}`,
    ROOT: directory,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
  };
  const calls = async (beginning: string): Promise<string[]> => {
    const all = (await readFile(at('calls'), 'utf8')).trimEnd().split('\n');
    return all.filter((call) => call.startsWith(beginning));
  };
  const looks = async (): Promise<number> => (await calls('sleep')).length;
  return {
    directory,
    imds,
    install: async (variables) => {
      await promisify(execFile)(USER_DATA, { env: { ...env, ...variables } });
    },
    serve: async (variables) => {
      const unit = await readFile(at('etc/systemd/system/ci-runner.service'), 'utf8');
      const [program = '', ...words] = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
      const service = spawn(at(program), words, {
        env: { ...env, ...variables },
        // As systemd does, its end takes along what it has started.
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      // Closed when none of them is left to write to it.
      const closed = once(service, 'close');
      service.stdout.resume();
      const end = async (): Promise<void> => {
        if (service.exitCode === null && service.signalCode === null) {
          process.kill(-Number(service.pid), 'SIGTERM');
        }
        await closed;
      };
      onTestFinished(end);
      return end;
    },
    reboot: async () => {
      await rm(at('run'), { recursive: true });
      await mkdir(at('run/ci-runner/secrets/GH_TOKEN'), { recursive: true });
    },
    container: async (state) => writeFile(at('container'), `${state}\n`),
    calls,
    pass: async () => {
      const before = await looks();
      while ((await looks()) < before + 3) await new Promise((done) => void setTimeout(done, 10));
    },
    refuse: async (refuses) =>
      refuses ? writeFile(at('aws-fails'), '') : rm(at('aws-fails'), { force: true }),
  };
};
