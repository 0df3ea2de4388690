import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { CommandIo } from '../commands/command-io.ts';
import type { ControlAnswer } from './answer-request.ts';
import { controlSocketPath, VARIABLE } from './socket-path.ts';

// An import of it evaluates all that it exports, WebSocket and with it undici, which takes longer than the question.
const { request } = process.getBuiltinModule('node:http');

/** What `ci-runner status` and `ci-runner drain` exit with when nobody answers (EX_TEMPFAIL of sysexits.h). */
export const NOBODY = 75;

/** A status takes at most some three seconds; a supervisor that is silent for longer is stuck. */
const LIMIT_MS = 10_000;

/** A request to the supervisor. */
export interface ControlRequest {
  readonly method: 'GET' | 'POST';
  readonly path: '/status' | '/drain';
  /** Sent as JSON. */
  readonly body?: unknown;
}

const ask = async (socketPath: string, question: ControlRequest): Promise<ControlAnswer> => {
  const { method, path, body } = question;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const asking = request({ socketPath, method, path, agent: false, signal });
  // One that comes after the answer's first line ends the reading as well, and nobody else hears it.
  asking.on('error', () => {});
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, body: JSON.parse(text) };
};

const explain = (error: unknown): string => {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError') return `within ${LIMIT_MS / 1_000} seconds: it is stuck`;
  const cause = typeof code === 'string' ? code : message;
  return `(${cause}): it does not run, or runs as another user or with another ${VARIABLE}`;
};

/** Asks the supervisor of this user. Resolves to undefined, and says so, when nobody answers. */
export const askSupervisor = async (
  io: CommandIo,
  question: ControlRequest,
): Promise<ControlAnswer | undefined> => {
  const path = controlSocketPath(io.environment);
  try {
    return await ask(path, question);
  } catch (error) {
    io.complain(`ci-runner: no supervisor answers at ${path} ${explain(error)}\n`);
    return undefined;
  }
};
