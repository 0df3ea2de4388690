import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createRunner, systemEffects, type Clock } from '../../packages/core/src/index.ts';
import { githubRunner } from '../../packages/plugin-github-runner/src/index.ts';
import { fromSource } from '../../scripts/run-step.ts';
import type { Subject } from './run-trial.ts';
import { killRunner, type Site } from './site.ts';

/** A clock that runs `factor` times as fast as the machine's. */
const scaledClock = (factor: number): Clock => {
  const from = Date.now();
  return {
    now: () => from + (Date.now() - from) * factor,
    sleep: async (ms, signal) => sleep(ms / factor, undefined, signal ? { signal } : {}),
  };
};

/** The product in this process: real code, real GitHub and runner processes, a faster clock. */
export const startInProcess =
  (factor: number, quietSeconds: number) =>
  (site: Site): Subject => {
    const lines: string[] = [];
    const runner = createRunner({
      config: { plugins: [githubRunner()] },
      environment: { ...site.environment, GH_DRAIN_QUIET_SEC: String(quietSeconds) },
      effects: { ...systemEffects, clock: scaledClock(factor) },
      write: (line) => lines.push(line),
    });
    const run = async (): Promise<void> => {
      await runner.run();
    };
    return {
      lines,
      ended: run(),
      signal: (name) => void runner.drain(name),
      kill: async () => killRunner(site),
    };
  };

/** The product as operators start it: `ci-runner start` from source, with real signals. */
export const startCommand =
  (quietSeconds: number) =>
  async (site: Site): Promise<Subject> => {
    const lines: string[] = [];
    const [program, ...args] = fromSource('start');
    const child = spawn(program, args, {
      env: { ...site.environment, GH_DRAIN_QUIET_SEC: String(quietSeconds) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => lines.push(line));
    }
    await once(child, 'spawn');
    const untilClosed = async (): Promise<void> => {
      await once(child, 'close');
    };
    return {
      lines,
      ended: untilClosed(),
      signal: (name) => void child.kill(name),
      kill: async () => {
        child.kill('SIGKILL');
        await killRunner(site);
      },
    };
  };
