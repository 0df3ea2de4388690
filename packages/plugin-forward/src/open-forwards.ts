import type { TapContext } from '@ci-runner/core';
import { startEngine, type Engine } from './embedded/start-engine.ts';
import type { Forwarding } from './forwarding.ts';
import { ensurePortFree } from './haproxy/ensure-port-free.ts';
import { findHaproxy } from './haproxy/find-haproxy.ts';
import { startHaproxy, type Haproxy } from './haproxy/start-haproxy.ts';
import { logOpened, logRefused } from './log-outcome.ts';
import { joinErrors } from './port-errors.ts';
import type { Forward } from './settings/forward-spec.ts';
import type { Options } from './settings/options.ts';
import { createForwardWatch, type ForwardState } from './status/forward-watch.ts';
import { findTargets, type Targets } from './targets/find-targets.ts';
import { followTargets } from './targets/follow-targets.ts';
import { listenAddresses } from './targets/listen-addresses.ts';
import { warnUnreachable } from './warn-unreachable.ts';

/** What is to be opened. */
export interface OpenForwardsInput extends Pick<Options, 'engine' | 'listen'> {
  readonly forwards: readonly Forward[];
  /** Aborts when the runner closes. */
  readonly closing: AbortSignal;
}

/** Forwards that are open. */
export interface OpenForwards {
  states(): readonly ForwardState[];
  readonly addressOf: Targets['addressOf'];
}

/** Which forwards go through what. */
interface Division {
  /** The path of haproxy; undefined when it carries nothing. */
  readonly program: string | undefined;
  readonly haproxy: readonly Forward[];
  /** One thread for each list, so that a burst of one transport does not hold the other up. */
  readonly relays: readonly (readonly Forward[])[];
}

const divide = async (
  { forwards, engine }: OpenForwardsInput,
  { environment }: TapContext,
): Promise<Division> => {
  const [tcp, udp] = [
    forwards.filter(({ protocol }) => protocol === 'tcp'),
    forwards.filter(({ protocol }) => protocol === 'udp'),
  ];
  const program =
    engine === 'embedded' || tcp.length === 0 ? undefined : await findHaproxy(environment);
  return program === undefined
    ? { program, haproxy: [], relays: [tcp, udp].filter(({ length }) => length > 0) }
    : { program, haproxy: tcp, relays: [udp].filter(({ length }) => length > 0) };
};

const prepare = async (
  { forwards, closing, listen }: OpenForwardsInput,
  context: TapContext,
  engineOf: (forward: Forward) => string,
): Promise<Forwarding> => {
  const addresses = listen ?? listenAddresses();
  const targets = await findTargets(new Set(forwards.flatMap(({ hosts }) => hosts)), addresses);
  const watches = new Map(
    forwards.map((forward) => [forward, createForwardWatch(forward, engineOf(forward), context)]),
  );
  const watchOf: Forwarding['watchOf'] = (forward) => {
    const watch = watches.get(forward);
    if (!watch) throw new TypeError('this forward is not one of those that were planned');
    return watch;
  };
  return { context, forwards, targets, closing, addresses, watchOf };
};

/** Waits for all, and throws one error that says what all of them say. */
const allOrErrors = async <Result>(work: readonly Promise<Result>[]): Promise<Result[]> => {
  const settled = await Promise.allSettled(work);
  const errors = settled.flatMap((outcome): unknown[] => {
    if (outcome.status === 'fulfilled') return [];
    const { reason } = outcome;
    return reason instanceof AggregateError ? reason.errors : [reason];
  });
  if (errors.length > 0) throw joinErrors(errors);
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
};

/** Opens every port; haproxy last, because it opens all of its ports or none. */
const openEngines = async (
  forwarding: Forwarding,
  { program, haproxy, relays }: Division,
): Promise<{ haproxy: Haproxy | undefined; engines: readonly Engine[] }> => {
  const free = haproxy.map(async (forward) => {
    try {
      await ensurePortFree(forward, forwarding.addresses);
    } catch (error) {
      logRefused(forwarding, forward, error);
      throw error;
    }
  });
  const [engines] = await allOrErrors<readonly unknown[]>([
    Promise.all(relays.map(async (forwards) => startEngine(forwarding, forwards))),
    allOrErrors(free),
  ]);
  return {
    engines: engines as readonly Engine[],
    haproxy: program === undefined ? undefined : await startHaproxy(forwarding, program, haproxy),
  };
};

/**
 * Opens every forward and resolves when all of them accept.
 *
 * @throws RunnerError PORT_UNAVAILABLE naming each port that is in use or needs more rights.
 */
export const openForwards = async (
  input: OpenForwardsInput,
  context: TapContext,
): Promise<OpenForwards> => {
  const division = await divide(input, context);
  const forwarding = await prepare(input, context, (forward) =>
    division.haproxy.includes(forward) ? 'haproxy' : 'embedded',
  );
  const { targets, forwards, watchOf } = forwarding;
  const { haproxy, engines } = await openEngines(forwarding, division);
  logOpened(forwarding);
  await followTargets(forwarding, async () => {
    for (const engine of engines) engine.retarget();
    await haproxy?.retarget();
  });
  await warnUnreachable(forwarding, (forward, host, up) => {
    const index = division.relays.findIndex((relayed) => relayed.includes(forward));
    engines[index]?.noteHealth(forward, host, up);
  });
  return {
    states: () => forwards.map((forward) => watchOf(forward).state()),
    addressOf: targets.addressOf,
  };
};
