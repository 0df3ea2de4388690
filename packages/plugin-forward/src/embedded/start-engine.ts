import { Worker } from 'node:worker_threads';
import { describeError } from '@ci-runner/core';
import type { Carrier } from '../carrier.ts';
import { inBackground, type Forwarding } from '../forwarding.ts';
import { keepRunning, type Running } from '../keep-running.ts';
import type { Forward } from '../settings/forward-spec.ts';
import { logRefused } from '../log-outcome.ts';
import { portUnavailable } from '../port-errors.ts';
import { portKey } from '../settings/parse-ports.ts';
import type {
  EngineOrder,
  EngineReport,
  EngineStart,
  HostAddresses,
  OpenFailure,
} from './engine-messages.ts';

// In the package, a bundler has moved this module up into `dist`; the program has kept its place below it.
const isSource = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(
  isSource ? './relay-thread.ts' : './embedded/relay-thread.mjs',
  import.meta.url,
);

const addressesOf = ({ targets }: Forwarding, forwards: readonly Forward[]): HostAddresses => {
  const hosts = forwards.flatMap((forward) => forward.hosts);
  return Object.fromEntries(hosts.map((host) => [host, targets.addressesOf(host)]));
};

const apply = (
  report: Exclude<EngineReport, { type: 'opened' }>,
  { watchOf }: Forwarding,
  forwards: readonly Forward[],
): void => {
  const forward = forwards[report.forward];
  if (!forward) return;
  const watch = watchOf(forward);
  if (report.type === 'leads') watch.leadsTo(report.lead);
  else watch.traffic(report.traffic);
};

interface Thread extends Running {
  readonly worker: Worker;
  readonly failures: readonly OpenFailure[];
}

/** Starts a thread; resolves when it has tried to open its ports. */
const startThread = async (
  forwarding: Forwarding,
  forwards: readonly Forward[],
): Promise<Thread> => {
  const start: EngineStart = {
    forwards,
    listen: forwarding.addresses,
    addresses: addressesOf(forwarding, forwards),
  };
  // It gets none of the supervisor's variables and flags: it needs none.
  const worker = new Worker(PROGRAM, { workerData: start, env: {}, execArgv: [] });
  let how = 'by itself';
  worker.on('error', (error) => {
    how = `with an error: ${describeError(error)}`;
  });
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', () => {
      for (const forward of forwards) forwarding.watchOf(forward).engineEnded();
      resolve(how);
    });
  });
  const opened = new Promise<readonly OpenFailure[]>((resolve) => {
    worker.on('message', (report: EngineReport) => {
      if (report.type === 'opened') resolve(report.failures);
      else apply(report, forwarding, forwards);
    });
  });
  const died = ended.then((ending) => {
    throw new Error(`the relay ended ${ending}`);
  });
  died.catch(() => {});
  return { worker, failures: await Promise.race([opened, died]), ended };
};

const refusals = (
  { failures }: Thread,
  forwards: readonly Forward[],
  forwarding: Forwarding,
): readonly Error[] =>
  failures.flatMap(({ forward: index, address, code, message }) => {
    const forward = forwards[index];
    if (!forward) return [];
    const error = portUnavailable(forward, address, Object.assign(new Error(message), { code }));
    logRefused(forwarding, forward, error);
    return [error];
  });

/**
 * Carries these forwards in a thread of their own; resolves when all ports accept.
 *
 * @throws AggregateError of RunnerError PORT_UNAVAILABLE, one for each port that cannot be had.
 */
export const startEngine = async (
  forwarding: Forwarding,
  forwards: readonly Forward[],
): Promise<Carrier> => {
  for (const forward of forwards) forwarding.watchOf(forward).carriedBy('embedded');
  const { closing, context } = forwarding;
  const { log, clock } = context;
  const what = `the relay of ${forwards.map(portKey).join(' ')}`;
  let worker: Worker | undefined;

  const start = async (): Promise<Thread> => {
    const thread = await startThread(forwarding, forwards);
    const errors = refusals(thread, forwards, forwarding);
    if (errors.length === 0 && !closing.aborted) {
      ({ worker } = thread);
      return thread;
    }
    await thread.worker.terminate();
    throw new AggregateError(errors, errors.map(describeError).join('; '));
  };

  const first = await context.own({
    what,
    acquire: start,
    release: async () => {
      await worker?.terminate();
    },
  });
  await inBackground(forwarding, `the watch over ${what}`, async () =>
    keepRunning(what, first, start, { log, clock, closing }),
  );

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const tell = (order: EngineOrder): void => worker?.postMessage(order);
  return {
    forwards,
    retarget: () => tell({ type: 'addresses', addresses: addressesOf(forwarding, forwards) }),
    noteHealth: (forward, lead, up) =>
      tell({ type: 'health', forward: forwards.indexOf(forward), lead, up }),
  };
};
