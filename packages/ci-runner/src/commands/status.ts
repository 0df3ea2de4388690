import type { RunnerStatus } from '@ci-runner/core';
import { askSupervisor, NOBODY } from '../control/ask-supervisor.ts';
import { printStatus } from '../control/print-status.ts';
import type { CommandIo } from './command-io.ts';

const UNHEALTHY = 1;

/** Prints how the running supervisor fares. Resolves to the exit code: 0 when healthy, 1 when not, 75 when nobody answers. */
export const status = async (io: CommandIo, options: { json?: boolean }): Promise<number> => {
  const answer = await askSupervisor(io, { method: 'GET', path: '/status' });
  if (answer === undefined) return NOBODY;
  const body = answer.body as RunnerStatus;
  io.write(options.json ? `${JSON.stringify(body, null, 2)}\n` : printStatus(body, Date.now()));
  return body.healthy ? 0 : UNHEALTHY;
};
