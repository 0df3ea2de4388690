import { describeError, type TapContext } from '@ci-runner/core';
import { openTcpRelay } from './embedded/tcp-relay.ts';
import { openUdpRelay } from './embedded/udp-relay.ts';
import type { OpenRelay } from './embedded/relay.ts';
import { followTarget } from './follow-target.ts';
import type { Forwarding, ForwardPlan } from './forwarding.ts';
import { findHaproxy } from './haproxy/find-haproxy.ts';
import { ensurePortFree } from './haproxy/ensure-port-free.ts';
import { startHaproxy } from './haproxy/start-haproxy.ts';
import { listenAddresses } from './listen-addresses.ts';
import type { PortForward } from './parse-ports.ts';
import { joinErrors, portUnavailable } from './port-errors.ts';
import { findTarget } from './target.ts';
import { warnUnreachable } from './warn-unreachable.ts';

const isTcp = ({ protocol }: PortForward): boolean => protocol === 'tcp';

/** Opens a port on every address of localhost, and keeps it until the runner closes. */
const openEmbedded = async (
  { context, target, addresses }: Forwarding,
  forward: PortForward,
): Promise<void> => {
  const { port, protocol } = forward;
  const open: OpenRelay = protocol === 'tcp' ? openTcpRelay : openUdpRelay;
  for (const address of addresses) {
    await context.own({
      what: `forward of ${port}/${protocol} on ${address}`,
      acquire: async () => {
        try {
          return await open({ address, port, target: () => target.address() });
        } catch (cause) {
          throw portUnavailable(forward, address, cause);
        }
      },
      release: async (relay) => relay.close(),
    });
  }
};

type LogOutcome = (forward: PortForward, error?: unknown) => void;

const outcomeLogger =
  ({ context, target }: Forwarding, haproxy: string | undefined): LogOutcome =>
  ({ port, protocol }, error) => {
    const engine = protocol === 'tcp' && haproxy !== undefined ? 'haproxy' : 'embedded';
    const facts = { event: 'forward', port, protocol, target: `${target.host}:${port}`, engine };
    if (error === undefined) {
      const message = `localhost:${port}/${protocol} leads to ${facts.target} (${engine})`;
      context.log.info(message, { ...facts, ok: true });
    } else {
      context.log.warn(describeError(error), { ...facts, ok: false });
    }
  };

/** Opens what each forward needs; when some fail, every one of them is logged and stands in the error. */
const openEach = async (
  forwards: readonly PortForward[],
  open: (forward: PortForward) => Promise<void>,
  logOutcome: LogOutcome,
): Promise<void> => {
  const errors: unknown[] = [];
  await Promise.all(
    forwards.map(async (forward) => {
      try {
        await open(forward);
      } catch (error) {
        errors.push(error);
        logOutcome(forward, error);
      }
    }),
  );
  if (errors.length > 0) throw joinErrors(errors);
};

/**
 * Opens every forward and resolves when all of them accept.
 *
 * @throws RunnerError PORT_UNAVAILABLE naming each port that is in use or needs more rights.
 */
export const openForwards = async (plan: ForwardPlan, context: TapContext): Promise<void> => {
  const { forwards, closing } = plan;
  const program = plan.engine === 'embedded' ? undefined : await findHaproxy(context.environment);
  const target = await findTarget(plan.host);
  const forwarding: Forwarding = { context, target, closing, addresses: listenAddresses() };
  const logOutcome = outcomeLogger(forwarding, program);
  const toHaproxy = program === undefined ? [] : forwards.filter(isTcp);

  const open = async (forward: PortForward): Promise<void> =>
    toHaproxy.includes(forward)
      ? ensurePortFree(forward, forwarding.addresses)
      : openEmbedded(forwarding, forward);
  await openEach(forwards, open, logOutcome);
  const haproxy =
    program !== undefined && toHaproxy.length > 0
      ? await startHaproxy(forwarding, program, toHaproxy)
      : undefined;
  for (const forward of forwards) logOutcome(forward);
  await followTarget(forwarding, async () => haproxy?.retarget());
  await warnUnreachable(forwarding, forwards);
};
