import { expect, test } from 'vitest';
import { scriptedBroker, withoutWaiting } from '../../testing/broker.ts';
import { recordingTerminal } from '../../testing/terminal.ts';
import { openSession } from './open-session.ts';

interface Opening {
  readonly code: number | undefined;
  readonly seconds: number;
  readonly out: string[];
  readonly err: string[];
}

/** Opens a session at a server that answers with a status for each attempt. */
async function open(
  statusOf: (attempt: number) => number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Opening> {
  const broker = await scriptedBroker((attempt) => ({ status: statusOf(attempt) }));
  const terminal = recordingTerminal();
  const { result, seconds } = await withoutWaiting(() => openSession(broker, terminal, signal));
  return { code: result, seconds, out: terminal.out, err: terminal.err };
}

test('a session conflict is retried for 210 s and ends with 5', async () => {
  const { code, err, out, seconds } = await open(() => 409);
  expect({ code, seconds }).toEqual({ code: 5, seconds: 210 });
  const conflict = 'A session for this runner already exists.';
  expect(err).toEqual([
    conflict,
    '<time>: Runner connect error: Error: Conflict. Retrying until reconnected.',
    ...Array<string>(7).fill(conflict),
    'Stop retry on SessionConflictException after retried for 240 seconds.',
    'Failed to create session. Error: Conflict',
  ]);
  expect(out.filter((line) => line === '√ Connected to GitHub')).toHaveLength(8);
});

test('another fault is retried for ever, and the end of the streak is printed', async () => {
  const { code, err, out, seconds } = await open((attempt) => (attempt > 20 ? 200 : 500));
  expect({ code, seconds }).toEqual({ code: undefined, seconds: 600 });
  expect(err).toHaveLength(1);
  expect(out.at(-1)).toBe('<time>: Runner reconnected.');
});

test('a stop ends the retries', async () => {
  const controller = new AbortController();
  const { code } = await open((attempt) => {
    if (attempt === 3) controller.abort();
    return 500;
  }, controller.signal);
  expect(code).toBe(0);
});
