import { describeError, isRunnerError, type TapContext } from '@ci-runner/core';
import type { Carrier } from './carrier.ts';
import { startEngine } from './embedded/start-engine.ts';
import type { Forwarding } from './forwarding.ts';
import { ensurePortFree } from './haproxy/ensure-port-free.ts';
import { findHaproxy } from './haproxy/find-haproxy.ts';
import { startHaproxy } from './haproxy/start-haproxy.ts';
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
  readonly addressesOf: Targets['addressesOf'];
}

/** Which forwards go through what. */
interface Division {
  /** The path of the haproxy that is to carry TCP; undefined for a relay. */
  readonly program: string | undefined;
  readonly tcp: readonly Forward[];
  readonly udp: readonly Forward[];
}

const divide = async (
  { forwards, engine }: OpenForwardsInput,
  { environment }: TapContext,
): Promise<Division> => {
  const tcp = forwards.filter(({ protocol }) => protocol === 'tcp');
  const udp = forwards.filter(({ protocol }) => protocol === 'udp');
  const isWanted = engine !== 'embedded' && tcp.length > 0;
  return { program: isWanted ? await findHaproxy(environment) : undefined, tcp, udp };
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

/** Says of every port that cannot be opened why, before haproxy is started, which opens all of its ports or none. */
const ensurePortsFree = async (
  forwarding: Forwarding,
  forwards: readonly Forward[],
): Promise<void> => {
  const tests = forwards.map(async (forward) => {
    try {
      await ensurePortFree(forward, forwarding.addresses);
    } catch (error) {
      logRefused(forwarding, forward, error);
      throw error;
    }
  });
  await allOrErrors(tests);
};

/** Starts haproxy; a haproxy that does not work is replaced by the relay, unless it is asked for by name. */
const startHaproxyOrRelay = async (
  forwarding: Forwarding,
  program: string,
  tcp: readonly Forward[],
  engine: OpenForwardsInput['engine'],
): Promise<Carrier> => {
  try {
    return await startHaproxy(forwarding, program, tcp);
  } catch (error) {
    const isItsFault = isRunnerError(error) && error.code === 'PROCESS_FAILED';
    if (engine === 'haproxy' || !isItsFault) throw error;
    forwarding.context.log.warn(`the embedded relay carries TCP: ${describeError(error)}`);
    return startEngine(forwarding, tcp);
  }
};

/** Opens every port. Each transport has a relay of its own, so that a burst of one does not hold the other up. */
const openPorts = async (
  forwarding: Forwarding,
  { program, tcp, udp }: Division,
  engine: OpenForwardsInput['engine'],
): Promise<readonly Carrier[]> => {
  const relayed = (program === undefined ? [tcp, udp] : [udp]).filter(({ length }) => length > 0);
  const [relays = []] = await allOrErrors([
    Promise.all(relayed.map(async (forwards) => startEngine(forwarding, forwards))),
    ...(program === undefined ? [] : [ensurePortsFree(forwarding, tcp).then(() => [])]),
  ]);
  if (program === undefined) return relays;
  return [...relays, await startHaproxyOrRelay(forwarding, program, tcp, engine)];
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
    division.program !== undefined && division.tcp.includes(forward) ? 'haproxy' : 'embedded',
  );
  const { targets, forwards, watchOf } = forwarding;
  const carriers = await openPorts(forwarding, division, input.engine);
  logOpened(forwarding);
  await followTargets(forwarding, async () => {
    await Promise.all(carriers.map(async (carrier) => carrier.retarget()));
  });
  await warnUnreachable(forwarding, (forward, lead, up) => {
    const carrier = carriers.find((candidate) => candidate.forwards.includes(forward));
    carrier?.noteHealth(forward, lead, up);
  });
  return {
    states: () => forwards.map((forward) => watchOf(forward).state()),
    addressesOf: targets.addressesOf,
  };
};
