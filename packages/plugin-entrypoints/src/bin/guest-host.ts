/**
 * The process in which guest's modules run one after another, so that they share what they import, and timers. It is told over
 * file descriptor 3 what to do, and imports nothing but Node, because the boot waits for it.
 */
import { Socket } from 'node:net';
import { moduleFault } from '../faults/module-faults.ts';
import { checkEnv } from '../modules/check-env.ts';
import type { GuestEntrypointContext } from '../modules/entrypoint-types.ts';
import { createGuestRun } from '../modules/guest-run.ts';
import {
  createDecoder,
  encode,
  SET_ASIDE,
  type HostOrder,
  type HostReport,
} from '../modules/host-messages.ts';
import { registerImporters } from '../modules/importers.ts';
import { loadModule } from '../modules/load-module.ts';
import { describeThrown } from '../modules/thrown.ts';
import type { Environment } from '../environment.ts';

const channel = new Socket({ fd: 3 });
const home = process.cwd();
/** The script that runs, and what gives it up. */
let running: { readonly script: string; readonly controller: AbortController } | undefined;

const report = (message: HostReport, then?: () => void): void => {
  channel.write(encode(message), then);
};

const ownEnvironment = (): Environment =>
  Object.fromEntries(
    Object.entries(process.env).map(([name, value = '']) => [
      name.startsWith(SET_ASIDE) ? name.slice(SET_ASIDE.length) : name,
      value,
    ]),
  );

/** What libraries look at, which a module may call. */
const adopt = (environment: Environment): void => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
};

const faultOf = (script: string): string | undefined => {
  try {
    return moduleFault(script);
  } catch (error) {
    return `cannot be read by this user (${(error as NodeJS.ErrnoException).code}): chmod a+r it, or give it to whom it is for`;
  }
};

const check = ({ scripts, importers }: Extract<HostOrder, { type: 'check' }>): void => {
  registerImporters(importers);
  const environment = ownEnvironment();
  adopt(environment);
  const faults = scripts.flatMap((script) => {
    const expected = faultOf(script);
    return expected === undefined ? [] : [{ script, expected }];
  });
  report({ type: 'checked', environment, faults });
};

const logAs = (level: 'info' | 'warn' | 'error') => (message: string) => {
  report({ type: 'log', level, message });
};

const run = async (script: string, environment: Environment): Promise<void> => {
  const controller = new AbortController();
  running = { script, controller };
  adopt(environment);
  const env: Record<string, string | undefined> = { ...environment };
  const { signal } = controller;
  const context: GuestEntrypointContext = {
    env,
    log: { info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    run: createGuestRun({ home, signal }, () => checkEnv(env, environment)),
    signal,
  };
  try {
    const entrypoint = await loadModule(script);
    await entrypoint(context);
    report({ type: 'ended', environment: checkEnv(env, environment) });
  } catch (error) {
    report({ type: 'failed', thrown: describeThrown(error, script) });
  } finally {
    running = undefined;
  }
};

const obey = (order: HostOrder): void => {
  switch (order.type) {
    case 'check':
      check(order);
      break;
    case 'run':
      void run(order.script, order.environment);
      break;
    case 'abort':
      running?.controller.abort(new Error('the script is no longer wanted'));
      break;
    case 'finish':
      // What modules have left behind, such as timers and servers, lives on; without any the process ends.
      channel.destroy();
      break;
  }
};

const end = (): never => process.exit(1);

process.on('uncaughtException', (error: unknown) => {
  if (running === undefined) {
    console.error(error);
    end();
    return;
  }
  report({ type: 'failed', thrown: describeThrown(error, running.script) }, end);
});

channel.on(
  'data',
  createDecoder((order) => obey(order as HostOrder), end),
);
// The supervisor is gone, and ends this process's session itself.
channel.on('error', () => {});
channel.setEncoding('utf8');
