import type { DrainAnswer } from '../control/answer-request.ts';
import { askSupervisor, NOBODY } from '../control/ask-supervisor.ts';
import type { CommandIo } from './command-io.ts';

const USAGE = 64;

/**
 * Tells the running supervisor to drain and does not wait for it. Resolves to the exit code: 0 when it drains, 75 when
 * nobody answers, 64 when the reason is refused.
 */
export const drain = async (io: CommandIo, options: { reason?: string }): Promise<number> => {
  const answer = await askSupervisor(io, { method: 'POST', path: '/drain', body: options });
  if (answer === undefined) return NOBODY;
  if (answer.status !== 200) {
    io.complain(`ci-runner: ${(answer.body as { error: string }).error}\n`);
    return USAGE;
  }
  const { began } = answer.body as DrainAnswer;
  io.write(began ? 'The drain has begun.\n' : 'It was draining already; nothing has changed.\n');
  return 0;
};
