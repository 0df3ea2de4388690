import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward } from '../src/index.ts';
import { boot, bootToEnd } from './boot.ts';
import { forwardEvents } from './boot-forwards.ts';
import { converse, haproxyProcesses, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});

/** The haproxy of this machine, started by a script that stands before it in the PATH; the PATH. */
const wrapped = async (script: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'wrapped-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'odd.cfg'), 'an old haproxy does not know this\n');
  const lines = ['#!/bin/sh', `haproxy=${haproxy}`, `odd=${directory}/odd.cfg`, script, ''];
  await writeFile(join(directory, 'haproxy'), lines.join('\n'), { mode: 0o755 });
  return `${directory}:/usr/bin:/bin`;
};

const REFUSES = 'exec "$haproxy" "$@" -f "$odd"';
const REFUSES_LATER =
  'case "$1" in -c) exec "$haproxy" "$@" ;; *) exec "$haproxy" "$@" -f "$odd" ;; esac';

describe.skipIf(haproxy === undefined)('a haproxy that does not work', () => {
  it.each([
    ['refuses its configuration', REFUSES, /unknown keyword 'an'/],
    ['ends when it is started', REFUSES_LATER, /haproxy ended at once/],
  ])('%s: a warning says so, and the relay carries TCP', async (_case, script, words) => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const variables = {
      FORWARD_HOST: TARGET,
      FORWARD_PORTS: `${port}`,
      PATH: await wrapped(script),
    };
    const booted = await boot(forward(), variables);
    const warnings = booted.records.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the embedded relay carries TCP: /),
    ]);
    expect(warnings[0]?.message).toMatch(words);
    expect(forwardEvents(booted)).toEqual([
      { port, protocol: 'tcp', target: `${TARGET}:${port}`, engine: 'embedded', ok: true },
    ]);
    expect(await converse(port, 'relayed')).toBe('relayed');
    expect(await haproxyProcesses()).toEqual([]);
  });

  it('ends the boot in its own words when it is asked for by name', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const variables = {
      FORWARD_HOST: TARGET,
      FORWARD_PORTS: `${port}`,
      PATH: await wrapped(REFUSES),
    };
    const { result } = await bootToEnd(forward({ engine: 'haproxy' }), variables);
    expect(result.error?.code).toBe('PROCESS_FAILED');
    expect(result.error?.message).toContain("unknown keyword 'an'");
  });
});
