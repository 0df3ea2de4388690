import { randomUUID } from 'node:crypto';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { StepMessage, StepResult } from '../server/run-service.ts';
import type { Cancellation } from './cancellation.ts';
import { holds, type JobStatus } from './conditions.ts';
import { createCommandFiles } from './file-commands.ts';
import { hookCommand, type HookKind } from './job-hooks.ts';
import type { JobLog } from './job-log.ts';
import { runStepProcess } from './step-process.ts';
import type { WorkDirectory } from './work-directory.ts';

export interface StepRunnerOptions {
  readonly cancellation: Cancellation;
  readonly directory: WorkDirectory;
  readonly log: JobLog;
  /** What the job's processes inherit. */
  readonly inherited: NodeJS.ProcessEnv;
  /** `GITHUB_*` and `RUNNER_*`. */
  readonly context: Readonly<Record<string, string>>;
  /** The workflow's `env`, which hooks do not see. */
  readonly jobEnv: Readonly<Record<string, string>>;
}

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

type Outcome = Pick<StepResult, 'conclusion' | 'exitCode'>;

/** Runs the steps of one job, one after the other, and keeps what they leave for those that follow. */
export class StepRunner {
  readonly results: StepResult[] = [];
  readonly outputs: Record<string, string> = {};
  readonly #options: StepRunnerOptions;
  readonly #setEnv = new Map<string, string>();
  readonly #addedPaths: string[] = [];

  constructor(options: StepRunnerOptions) {
    this.#options = options;
  }

  get failed(): boolean {
    return this.results.some(({ conclusion }) => conclusion === 'failed');
  }

  async runScript(step: StepMessage): Promise<void> {
    const { context, directory, inherited, jobEnv } = this.#options;
    await this.#step(step.name, step.condition, () => {
      const script = join(directory.temp, `${randomUUID()}.sh`);
      writeFileSync(script, step.run.endsWith('\n') ? step.run : `${step.run}\n`);
      const env = { ...inherited, ...jobEnv, ...Object.fromEntries(this.#setEnv), ...step.env };
      return {
        file: this.#shell(),
        args: ['-e', script],
        env: { ...env, ...context, GITHUB_ACTION: step.id, PATH: this.#path(env['PATH']) },
      };
    });
  }

  /** Runs a job hook where the environment names one. It does not see the workflow's `env`. */
  async runHook(kind: HookKind, name: string): Promise<void> {
    const { context, inherited } = this.#options;
    const path = inherited[kind];
    if (!path) return;
    await this.#step(name, 'always()', () => {
      const env = { ...inherited, ...context, PATH: this.#path(inherited['PATH']) };
      return { ...hookCommand(path, this.#shell()), env };
    });
  }

  async #step(name: string, condition: string, prepare: () => Program): Promise<void> {
    const started = performance.now();
    const outcome = await this.#outcome(condition, prepare).catch((error: unknown): Outcome => {
      this.#options.log.line(`##[error]${(error as Error).message}`);
      return { conclusion: 'failed' };
    });
    this.results.push({ name, ...outcome, ms: Math.round(performance.now() - started) });
  }

  async #outcome(condition: string, prepare: () => Program): Promise<Outcome> {
    const { cancellation, log } = this.#options;
    const status = (): JobStatus => ({
      failed: this.failed,
      cancelled: cancellation.byUser.aborted,
    });
    if (cancellation.byShutdown.aborted || !holds(condition, status())) {
      return { conclusion: 'skipped' };
    }
    // A user's cancellation spares a step that would run in a cancelled job as well.
    const spared = holds(condition, { failed: this.failed, cancelled: true });
    const cancel = spared
      ? cancellation.byShutdown
      : AbortSignal.any([cancellation.byUser, cancellation.byShutdown]);
    const exitCode = await this.#execute(prepare(), cancel);
    if (cancel.aborted) {
      log.line('##[error]The operation was canceled.');
      return { conclusion: 'canceled', exitCode };
    }
    if (exitCode === 0) return { conclusion: 'succeeded', exitCode };
    log.line(`##[error]Process completed with exit code ${exitCode}.`);
    return { conclusion: 'failed', exitCode };
  }

  async #execute({ file, args, env }: Program, cancel: AbortSignal): Promise<number> {
    const { directory, log } = this.#options;
    const commandFiles = createCommandFiles(directory.temp);
    const exitCode = await runStepProcess({
      file,
      args,
      cwd: directory.workspace,
      env: { ...env, ...commandFiles.variables },
      onLine: (line) => log.line(line),
      cancel,
    });
    const { env: variables, outputs, path } = commandFiles.collect();
    for (const [name, value] of variables) this.#setEnv.set(name, value);
    Object.assign(this.outputs, Object.fromEntries(outputs));
    this.#addedPaths.unshift(...path.toReversed());
    return exitCode;
  }

  #path(base = ''): string {
    return [...this.#addedPaths, base].join(delimiter);
  }

  /** `bash`, and `sh` where there is none. A PATH of the workflow's own does not count here. */
  #shell(): string {
    const folders = this.#path(this.#options.inherited['PATH']).split(delimiter);
    return findProgram('bash', folders) ?? findProgram('sh', folders) ?? 'sh';
  }
}

function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
