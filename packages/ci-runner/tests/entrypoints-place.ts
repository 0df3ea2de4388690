import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEffects } from '@ci-runner/core';
import type { Finished, Running } from './run-command.ts';
import { makePlace, type Place } from './supervised.ts';

/** Plugins of the stock set, and a runner that has a job at once, and ends when it is told to. */
const config = (plugins: readonly string[]): string => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
  const standIn = definePlugin({
    name: 'stand-in',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => ({ id: 7, name: 'octo-1', labels: [] }));
      hooks.resolveServed.tap(async ({ registration, environment, events }, { config, log, signal }) => {
        log.info('environment of jobs: ' + JSON.stringify(environment));
        const job = { name: 'build', workspace: config.workDir, startedAt: Date.now() };
        await events.jobStarting(job);
        await events.jobFinished({ ...job, result: 'Succeeded', ms: 1 });
        await events.idle();
        log.info('the job is over');
        await sleep(2 ** 30, undefined, { signal });
        return { registration, reason: 'over' };
      });
      hooks.resolveDrained.tap(() => ({ deregistered: true, jobWasRunning: false, jobResult: undefined }));
    },
  });
  const chosen = stockPlugins().filter(({ name }) => ${JSON.stringify(plugins)}.includes(name));
  export default defineConfig({ plugins: [...chosen, standIn()] });
`;

/** A directory with scripts of root's and of guest's, which is `nobody`. */
export interface EntrypointsPlace {
  readonly place: Place;
  readonly root: string;
  readonly guest: string;
  /** The work directory, which is guest's. */
  readonly workDir: string;
  /** Runs `ci-runner start` until the job is over and `then` has resolved, and drains; resolves to its output. */
  readonly boot: (
    environment?: Readonly<Record<string, string>>,
    then?: () => Promise<void>,
  ) => Promise<Finished>;
}

const writeScripts = async (
  directory: string,
  scripts: Readonly<Record<string, string>>,
): Promise<void> => {
  await mkdir(directory);
  await chmod(directory, 0o755);
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(directory, name), text, { mode: 0o644 });
  }
};

const untilJobIsOver = async ({ child }: Running): Promise<void> =>
  new Promise((resolve) => {
    let text = '';
    child.once('exit', () => resolve());
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('the job is over')) resolve();
    });
  });

/** Makes a place with these scripts; all of it ends with the test. */
export const makeEntrypointsPlace = async (scripts: {
  readonly root?: Readonly<Record<string, string>>;
  readonly guest?: Readonly<Record<string, string>>;
  /** Those of the stock set. @default the entrypoints */
  readonly plugins?: readonly string[];
}): Promise<EntrypointsPlace> => {
  const place = await makePlace(config(scripts.plugins ?? ['entrypoints']));
  const root = join(place.directory, 'root');
  const guest = join(place.directory, 'guest');
  const workDir = join(place.directory, 'work');
  await writeScripts(root, scripts.root ?? {});
  await writeScripts(guest, scripts.guest ?? {});
  await mkdir(workDir);
  const nobody = await systemEffects.users.find('nobody');
  if (nobody && process.getuid?.() === 0) {
    for (const path of [guest, workDir]) await chown(path, nobody.uid, nobody.gid);
  }
  return {
    place,
    root,
    guest,
    workDir,
    boot: async (environment = {}, then) => {
      const running = place.start({
        CI_RUNNER_ROOT_ENTRYPOINTS: root,
        CI_RUNNER_GUEST_ENTRYPOINTS: guest,
        CI_RUNNER_WORK_DIR: workDir,
        ...environment,
      });
      await untilJobIsOver(running);
      await then?.();
      running.child.kill('SIGTERM');
      return running.finished;
    },
  };
};

/** The lines that scripts have printed, each with the script's name, without times. */
export const outputOf = ({ stdout }: Finished): string[] =>
  stdout
    .split('\n')
    .map((line) => line.replace(/^\[[^\]]*\] /, ''))
    .filter((line) => /^(?:warning: |error: )?entrypoint\.\S+: /.test(line));
