import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ESCAPE, screen, shows, START, throughPipe } from './boot-lines.ts';
import { startOnTerminal, type OnTerminal } from './on-terminal.ts';
import { makePlace, type Place } from './supervised.ts';

/** Writes in every way in which a plugin can, and serves until it is told to drain. */
const NOISY = `
  import { existsSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { defineConfig, definePlugin } from 'ci-runner';
  const path = (name) => join(import.meta.dirname, name);
  const until = async (name, signal) => {
    while (!existsSync(path(name))) await sleep(10, undefined, { signal });
  };
  const noisy = definePlugin({
    name: 'noisy',
    setup({ hooks, log }) {
      hooks.prepareSystem.tap(async (_config, context) => {
        writeFileSync(path('pid'), String(process.pid));
        log.info('long '.repeat(60));
        console.log('by console.log, two\\nlines');
        console.error('by console.error');
        process.emitWarning('by emitWarning');
        await sleep(1);
        process.stdout.write('a line in ');
        await until('resized', context.signal);
        process.stdout.write('two pieces\\n');
        const child = await context.spawn({
          what: 'child',
          command: '/bin/sh',
          args: ['-c', 'echo by a child; echo by its stderr >&2; printf unfinished'],
          env: {},
          onLine: (line) => log.info(line),
        });
        await child.exited;
      });
      hooks.prepareWorkspace.tap(async (_config, { signal }) => until('booted', signal));
      hooks.resolveRegistration.tap(() => ({ id: 7, name: 'octo-1', labels: ['linux'] }));
      hooks.resolveServed.tap(async ({ events }, { signal }) => {
        await events.idle();
        await until('never', signal);
      });
      hooks.resolveDrained.tap(() => ({ deregistered: true, jobWasRunning: false, jobResult: undefined }));
    },
  });
  export default defineConfig({ plugins: [noisy()] });
`;

const DONE = ['configure', 'prepare system', 'prepare workspace', 'register', 'listen'].map(
  (name) => `✔ ${name} N s`,
);

const start = (place: Place, environment: Readonly<Record<string, string>> = {}): OnTerminal =>
  startOnTerminal(START, { ...place.environment, ...environment });

test('the lines on a terminal are those in a pipe, with the tasks where they ended', async () => {
  const place = await makePlace(NOISY);
  const terminal = start(place);
  await shows(terminal, 'by emitWarning');
  await terminal.resize(50, 12);
  await shows(terminal, '⠋ prepare system\n· prepare workspace\n· register\n· listen');
  await terminal.resize(100, 24);
  await place.touch('resized');
  await place.touch('booted');
  await shows(terminal, '✔ listen');
  await place.run('drain');
  expect(await terminal.finished).toBe(0);
  expect(terminal.output().split(ESCAPE).at(-1)).toMatch(/^\[\?7h\[.*draining/);

  const piped = throughPipe(place.environment);
  await place.reaches('serve');
  await place.run('drain');
  const lines = [...(await piped)];
  lines.splice(lines.indexOf('[NOW] phase register took N ms') + 1, 0, '', ...DONE);
  expect(await screen(terminal)).toEqual(lines);
  expect(lines).toContain('a line in two pieces');
});

test('Enter, pressed in the boot, leaves no rest of the list', async () => {
  const place = await makePlace(NOISY);
  await place.touch('resized');
  const terminal = start(place);
  await shows(terminal, '⠋ prepare workspace');
  terminal.type('\r');
  await place.touch('booted');
  await shows(terminal, '✔ listen');
  await place.run('drain');
  expect(await terminal.finished).toBe(0);
  const lines = await screen(terminal);
  for (const done of DONE) expect(lines.filter((line) => line === done)).toHaveLength(1);
  expect(lines.filter((line) => /^[⠋·]/.test(line))).toEqual([]);
});

/** Ends a boot that waits for its prewarm. */
const ENDS: Readonly<Record<string, (terminal: OnTerminal, place: Place) => Promise<unknown>>> = {
  'Ctrl-C': async (terminal) => terminal.type('\u0003'),
  SIGTERM: async (_terminal, { directory }) =>
    process.kill(Number(await readFile(join(directory, 'pid'), 'utf8')), 'SIGTERM'),
  'ci-runner drain': async (_terminal, place) => place.run('drain', '--reason', 'SIGTERM'),
};

test.each(Object.entries(ENDS))(
  '%s in the boot ends the list, and what follows is plain',
  async (_name, end) => {
    const place = await makePlace(NOISY);
    await place.touch('resized');
    const terminal = start(place);
    await shows(terminal, '⠋ prepare workspace');
    await end(terminal, place);
    expect(await terminal.finished).toBe(0);
    const lines = await screen(terminal);
    const from = lines.indexOf('✔ configure N s');
    expect(lines.slice(from)).toEqual([
      '✔ configure N s',
      '✔ prepare system N s',
      '■ prepare workspace N s',
      '· register',
      '· listen',
      expect.stringMatching(/^\[NOW\] draining: .*SIG(?:INT|TERM)$/) as string,
      '[NOW] phase prepare workspace took N ms',
      '[NOW] phase close took N ms',
    ]);
    expect(terminal.output().split(ESCAPE).at(-1)).toMatch(/^\[\?7h\[/);
    expect(terminal.output()).not.toContain(`${ESCAPE}[?25l`);
    expect(terminal.emulator.wraps()).toBe(true);
  },
);

test('faults stand below the list, and it exits with 78', async () => {
  const place = await makePlace();
  const terminal = start(place, { TZ: 'Nowhere', GH_LABELS: '-x', CI_RUNNER_METRICS_SEC: '1' });
  expect(await terminal.finished).toBe(78);
  const lines = await screen(terminal);
  const from = lines.indexOf('✘ configure N s');
  expect(lines.slice(from, from + 6)).toEqual([
    '✘ configure N s',
    '· prepare system',
    '· prepare workspace',
    '· register',
    '· listen',
    '[NOW] phase configure took N ms',
  ]);
  const below = lines.slice(from + 6).join('\n');
  for (const name of ['TZ', 'GH_LABELS', 'CI_RUNNER_METRICS_SEC']) expect(below).toContain(name);
});

test('the list ends where a plugin makes the log one of JSON lines', async () => {
  const place = await makePlace(`
    import { defineConfig, definePlugin } from 'ci-runner';
    const json = definePlugin({
      name: 'json',
      setup({ hooks }) {
        hooks.modifyConfig.tap((config) => ({ ...config, logFormat: 'json' }));
        hooks.prepareSystem.tap(() => {
          throw new Error('broken');
        });
      },
    });
    export default defineConfig({ plugins: [json()] });
  `);
  const terminal = start(place);
  expect(await terminal.finished).toBe(70);
  const lines = await screen(terminal);
  expect(lines[1]).toBe('■ configure N s');
  for (const line of lines.slice(6)) expect(line).toMatch(/^\{.*\}$/);
  expect(lines.at(-1)).toContain('phase close took');
});
