import { basename } from 'node:path';
import type { Clock, Logger } from '@ci-runner/core';
import type { FailedCommand } from './driver-events.ts';

/** Knows which script runs, logs its output under its name and what came of it. */
export interface ScriptSession {
  /** The script that runs; undefined before the first and after the last. */
  readonly running: string | undefined;
  /** The scripts that the user cannot read. */
  readonly unreadable: string[];
  /** The last command whose failure ends the shell. */
  failed: FailedCommand | undefined;
  /** What bash itself printed last on the script that runs. */
  readonly complaint: string | undefined;
  /** The last line of standard error while that script runs. */
  readonly lastError: string | undefined;
  begin(script: string): void;
  /** Logs how the script that runs ended. */
  end(ok: boolean): void;
  line(line: string, stream: 'stdout' | 'stderr'): void;
}

/** bash repeats the faulty line in backquotes below a syntax error. */
const QUOTED_LINE = /^line \d+: `/;

/** Makes the session of one user's scripts. */
export const createSession = (user: string, log: Logger, clock: Clock): ScriptSession => {
  let running: string | undefined;
  let complaint: string | undefined;
  let lastError: string | undefined;
  let startedAt = 0;
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
    unreadable: [],
    failed: undefined,
    begin: (script) => {
      running = script;
      complaint = undefined;
      lastError = undefined;
      session.failed = undefined;
      startedAt = clock.now();
    },
    end: (ok) => {
      if (running === undefined) return;
      const ms = clock.now() - startedAt;
      const fields = { event: 'entrypoint', path: running, user, ms, ok };
      if (ok) log.info(`${running} ran as ${user} in ${ms} ms`, fields);
      else log.error(`${running} failed as ${user} after ${ms} ms`, fields);
      running = undefined;
    },
    line: (line, stream) => {
      if (line.trim() === '') return;
      if (stream === 'stderr') lastError = line;
      const path = `${running}: `;
      if (running !== undefined && line.startsWith(path)) {
        const rest = line.slice(path.length);
        if (!QUOTED_LINE.test(rest)) complaint = rest;
      }
      const from = running === undefined ? `entrypoints of ${user}` : basename(running);
      log.info(`${from}: ${line}`);
    },
  };
  return session;
};
