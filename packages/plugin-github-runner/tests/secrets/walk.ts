import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFile, chmod, chown, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemEffects } from '@ci-runner/core';
import { onTestFinished } from 'vitest';
import { eventually } from '../machine.ts';
import { compact, needlesOf, type Secret } from './encodings.ts';
import type { Orders, Report } from './walker-program.ts';

/** Where a secret was found. */
export interface Finding {
  readonly secret: string;
  readonly encoding: string;
  /** A path; of an open file also where it leads to. */
  readonly place: string;
  /** The command line of the process, or the path once more. */
  readonly who: string;
}

/** What guest reads on this machine, all the time. */
export interface Walk {
  /** Waits until guest has looked at every process and every file once more. */
  pass(): Promise<void>;
  /** A command for a job: one more pass, out of the job itself. */
  readonly command: string;
  /** How many passes a job has completed, over processes and over files. */
  passesInside(): number;
  /** What of it holds one of these. */
  search(secrets: readonly Secret[]): readonly Finding[];
  /** The places that were read. */
  places(): readonly string[];
}

/** What {@link startWalk} needs. */
export interface WalkSpec {
  /** An account of another user than this process's. */
  readonly guest: string;
  /** A Node that guest can run. */
  readonly node: string;
  /** A folder of root's that guest can read; whatever is in it is walked. */
  readonly folder: string;
  /** When what is looked for began, in milliseconds since the epoch. */
  readonly since: number;
}

/** Times of files are those of the kernel's last tick. */
const TICK_MS = 100;

/** Where services leave things, and what everybody can write to. */
const elsewhere = (home: string): Orders['roots'] => [
  ...['/run', '/var/log', '/dev/mqueue'].map((path) => ({ path, crowded: false })),
  ...['/tmp', '/var/tmp', '/dev/shm', ...(home === '/' ? [] : [home])].map((path) => ({
    path,
    crowded: true,
  })),
];

type Found = Exclude<Report, { readonly pass: number }>;

interface Reading {
  passes: number;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const end = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once('exit', resolve));
  }
};

/** Starts guest's walkers, one for processes and one for files; they end with the test. */
export const startWalk = async ({ guest, node, folder, since }: WalkSpec): Promise<Walk> => {
  const account = await systemEffects.users.find(guest);
  if (account === undefined || account.uid === process.getuid?.()) {
    throw new Error(`${guest} is no other user of this machine`);
  }
  const found: Found[] = [];
  const program = join(folder, 'walker.ts');
  await copyFile(join(import.meta.dirname, 'walker-program.ts'), program);
  await chmod(program, 0o644);
  const names = join(folder, 'names');
  await writeFile(names, '');
  const ordersFor = (what: Orders['what'], once: boolean): string => {
    const roots = [{ path: folder, crowded: false }, ...elsewhere(account.home)];
    return JSON.stringify({ what, since: since - TICK_MS, roots, names, once } satisfies Orders);
  };

  const read = (from: Readable): Reading => {
    const reading = { passes: 0 };
    const lines = createInterface({ input: from });
    lines.on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if ('pass' in report) reading.passes += 1;
      else found.push(report);
    });
    // A walker that is killed at the end of its test leaves half a line.
    onTestFinished(() => lines.close());
    return reading;
  };

  const start = (
    command: string,
    args: readonly string[],
  ): Reading & { readonly failed: () => string } => {
    const child = spawn(command, args, { cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(async () => end(child));
    let complaints = '';
    child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
    return Object.assign(read(child.stdout), {
      failed: () =>
        child.exitCode === null && child.signalCode === null ? '' : `it has ended: ${complaints}`,
    });
  };

  const who = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups'];
  const walkers = (['processes', 'files'] as const).map((what) =>
    start('/usr/bin/setpriv', [...who, node, program, ordersFor(what, false)]),
  );
  const fifo = join(folder, 'inside');
  execFileSync('mkfifo', [fifo]);
  await chown(fifo, account.uid, account.gid);
  // Whoever holds it open for writing as well sees no end of it between two writers.
  const inside = start('/bin/sh', ['-c', 'exec cat <>"$1"', 'sh', fifo]);

  const listNames = async (): Promise<void> => {
    const paths = await readdir(folder, { recursive: true }).catch(() => []);
    await writeFile(names, paths.map((path) => join(folder, path)).join('\n'));
  };

  return {
    pass: async () => {
      await listNames();
      const before = walkers.map(({ passes }) => passes);
      await eventually(() => {
        for (const { failed } of walkers) if (failed() !== '') throw new Error(failed());
        // The pass that is under way may have been past what matters.
        return walkers.every(({ passes }, index) => passes >= (before[index] ?? 0) + 2);
      });
    },
    command: (['processes', 'files'] as const)
      .map((what) => `${[node, program, ordersFor(what, true)].map(quote).join(' ')} >${fifo}`)
      .join('\n'),
    passesInside: () => inside.passes,
    search: (secrets) => search(found, secrets),
    places: () => found.map(({ place }) => place),
  };
};

const search = (found: readonly Found[], secrets: readonly Secret[]): Finding[] => {
  const needles = secrets.flatMap(({ name, value }) =>
    needlesOf(value).map((needle) => ({ ...needle, secret: name })),
  );
  return found.flatMap(({ place, who, content }) => {
    const text = compact(`${place}\n${Buffer.from(content, 'base64').toString('latin1')}`);
    return needles
      .filter((needle) => text.includes(needle.text))
      .map(({ secret, encoding }) => ({ secret, encoding, place, who }));
  });
};
