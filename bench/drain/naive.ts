import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asUser } from '../../packages/core/src/index.ts';
import type { Subject } from './run-trial.ts';
import { killRunner, LABEL, type Site } from './site.ts';

/** A container whose entry point drains in a way that is known to lose jobs. */
export type NaiveAlgorithm = 'naive' | 'trust-busy';

interface Container {
  readonly site: Site;
  readonly factor: number;
  readonly listener: ChildProcess;
  /** Ends a loop that would never end. */
  readonly signal: AbortSignal;
}

const API = '/api/v3/repos/octo/app/actions/runners';

const call = async (
  { github }: Site,
  method: string,
  path: string,
): Promise<{ status: number; body: unknown }> => {
  try {
    const headers = { authorization: `Bearer ${github.token}` };
    const answer = await fetch(`${github.url}${API}${path}`, { method, headers });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return { status: 0, body: undefined };
  }
};

const asGuest = (site: Site, program: string, args: readonly string[]): ChildProcess => {
  const command = join(site.runnerDirectory, program);
  const own = site.guest.uid === process.getuid?.();
  const [path, list] = own ? [command, [...args]] : asUser(site.guest, command, args);
  const { PATH = '' } = site.environment;
  return spawn(path, list, {
    cwd: site.runnerDirectory,
    env: { PATH, HOME: site.directory },
    stdio: 'ignore',
    detached: true,
  });
};

/** A token, asked for until there is one. */
const token = async (site: Site, kind: 'registration' | 'remove'): Promise<string> => {
  for (;;) {
    const { body } = await call(site, 'POST', `/${kind}-token`);
    const { token: value } = (body ?? {}) as { token?: string };
    if (value !== undefined) return value;
    await sleep(50);
  }
};

const register = async (site: Site): Promise<void> => {
  for (;;) {
    const name = `naive-${randomUUID()}`;
    const options = ['--url', `${site.github.url}/octo/app`, '--labels', LABEL, '--name', name];
    const registration = await token(site, 'registration');
    const args = ['--unattended', '--disableupdate', ...options, '--token', registration];
    const [code] = (await once(asGuest(site, 'config.sh', args), 'exit')) as [number | null];
    if (code === 0) return;
  }
};

/** `until { a remove token; config.sh remove; } do sleep 15; done`, and then the container ends. */
const removeUntilDone = async ({ site, factor, signal }: Container): Promise<void> => {
  while (!signal.aborted) {
    const remove = await token(site, 'remove');
    const removal = asGuest(site, 'config.sh', ['remove', '--token', remove]);
    const [code] = (await once(removal, 'exit')) as [number | null];
    if (code === 0) return;
    await sleep(15_000 / factor);
  }
};

/** Waits until GitHub says that the runner is not busy, deletes it, and stops the Listener. */
const trustBusy = async ({ site, factor, listener, signal }: Container): Promise<void> => {
  while (!signal.aborted) {
    const { body } = await call(site, 'GET', '');
    const { runners } = (body ?? {}) as { runners?: { id: number; busy: boolean }[] };
    const [runner] = runners ?? [];
    if (runners !== undefined && runner === undefined) break;
    if (runner?.busy === false) {
      const { status } = await call(site, 'DELETE', `/${runner.id}`);
      if (status === 204) break;
    }
    await sleep(5_000 / factor);
  }
  listener.kill('SIGINT');
  await Promise.race([once(listener, 'exit'), sleep(30_000 / factor)]);
};

const ALGORITHMS = { naive: removeUntilDone, 'trust-busy': trustBusy };

/** Starts a container whose entry point drains by `algorithm`; the end of the entry point kills all that runs in it. */
export const startNaive =
  (algorithm: NaiveAlgorithm, factor: number) =>
  async (site: Site): Promise<Subject> => {
    await register(site);
    const listener = asGuest(site, 'bin/Runner.Listener', ['run']);
    const signalled = Promise.withResolvers<void>();
    const abandoned = new AbortController();
    const live = async (): Promise<void> => {
      await signalled.promise;
      await ALGORITHMS[algorithm]({ site, factor, listener, signal: abandoned.signal });
      await killRunner(site);
    };
    return {
      lines: [],
      ended: live(),
      signal: () => signalled.resolve(),
      kill: async () => {
        abandoned.abort();
        await killRunner(site);
      },
    };
  };
