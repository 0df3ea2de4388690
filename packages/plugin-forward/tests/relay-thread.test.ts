import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { bootForwards } from './boot-forwards.ts';
import { freePort, TARGET } from './services.ts';

const BYTES = 5_000_000;
const LONGEST_BLOCK_MS = 30_000;

const start = (name: string, ...args: string[]): ChildProcess => {
  const program = join(import.meta.dirname, 'programs', `${name}.ts`);
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
};

/** A child that has ended stays in the list of processes until this thread looks at it. */
const hasEnded = ({ pid }: ChildProcess): boolean =>
  /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

it('carries traffic while the supervisor’s thread is busy', async () => {
  const port = await freePort();
  const service = start('service-program', 'bulk', TARGET, `${port}`, `${BYTES}`);
  await once(service.stdout!, 'data');
  await bootForwards(`${port}`, 'embedded');
  const client = start('client-program', 'count', `${port}`);
  const until = performance.now() + LONGEST_BLOCK_MS;
  while (!hasEnded(client) && performance.now() < until);
  expect(hasEnded(client)).toBe(true);
  expect(JSON.parse(await text(client.stdout!))).toEqual({ bytes: BYTES });
});
