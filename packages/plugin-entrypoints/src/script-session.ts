import { basename } from 'node:path';
import type { Clock, Logger } from '@ci-runner/core';
import type { FailedCommand } from './shell/driver-events.ts';

/** How a script ended: `stopped` by somebody who ends the runner, not by itself. */
export type ScriptEnd = 'ran' | 'failed' | 'stopped';

/** Knows which script runs, logs its output under its name and what came of it. */
export interface ScriptSession {
  /** The script that runs; undefined while none does. */
  readonly running: string | undefined;
  /** The last command whose failure ends the shell. */
  failed: FailedCommand | undefined;
  /** What bash itself printed last on the script that runs. */
  readonly complaint: string | undefined;
  /** The last line of standard error while that script runs, or since it ended. */
  readonly lastError: string | undefined;
  begin(script: string): void;
  /** Logs how the script that runs ended. */
  end(how: ScriptEnd): void;
  readonly line: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Logs what a module says by itself. */
  readonly say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** bash repeats the faulty line in backquotes below a syntax error. */
const QUOTED_LINE = /^line \d+: `/;

/** How often a script that takes long is named. */
const STILL_RUNNING_MS = 30_000;

/** Names the script every 30 s, until the signal aborts. */
const tellStillRunning = async (
  script: string,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
  ended: AbortSignal,
): Promise<void> => {
  const startedAt = clock.now();
  for (;;) {
    await clock.sleep(STILL_RUNNING_MS, ended);
    const seconds = Math.round((clock.now() - startedAt) / 1_000);
    log.info(`${script} is still running (${seconds} s)`);
  }
};

/** Makes the session of one user's scripts. */
export const createSession = (user: string, log: Logger, clock: Clock): ScriptSession => {
  let running: string | undefined;
  let complaint: string | undefined;
  let lastError: string | undefined;
  let startedAt = 0;
  let ended = new AbortController();
  const from = (): string => (running === undefined ? `entrypoints of ${user}` : basename(running));
  const session: ScriptSession = {
    get running() {
      return running;
    },
    get complaint() {
      return complaint;
    },
    get lastError() {
      return lastError;
    },
    failed: undefined,
    begin: (script) => {
      running = script;
      complaint = undefined;
      lastError = undefined;
      session.failed = undefined;
      startedAt = clock.now();
      ended = new AbortController();
      tellStillRunning(script, { log, clock }, ended.signal).catch(() => {});
    },
    end: (how) => {
      ended.abort();
      if (running === undefined) return;
      const ms = clock.now() - startedAt;
      const fields = { event: 'entrypoint', path: running, user, ms, ok: how === 'ran' };
      if (how === 'ran') log.info(`${running} ran as ${user} in ${ms} ms`, fields);
      else if (how === 'stopped') log.info(`${running} was stopped after ${ms} ms`, fields);
      else log.error(`${running} failed as ${user} after ${ms} ms`, fields);
      running = undefined;
      lastError = undefined;
    },
    line: (line, stream) => {
      if (line.trim() === '') return;
      if (stream === 'stderr') lastError = line;
      const path = `${running}: `;
      if (running !== undefined && line.startsWith(path)) {
        const rest = line.slice(path.length);
        if (!QUOTED_LINE.test(rest)) complaint = rest;
      }
      log.info(`${from()}: ${line}`);
    },
    say: (level, message) => log[level](`${from()}: ${message}`),
  };
  return session;
};
