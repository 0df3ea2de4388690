import { describeError, type LogFields } from '@ci-runner/core';
import type { Forwarding } from './forwarding.ts';
import type { Forward } from './settings/forward-spec.ts';

const factsOf = ({ watchOf }: Forwarding, forward: Forward): LogFields => {
  const { port, protocol, hosts } = forward;
  const { engine } = watchOf(forward).state();
  return { event: 'forward', port, protocol, target: `${hosts[0]}:${port}`, engine };
};

/** Says that a port cannot be opened. */
export const logRefused = (forwarding: Forwarding, forward: Forward, error: unknown): void =>
  forwarding.context.log.warn(describeError(error), { ...factsOf(forwarding, forward), ok: false });

/** Says where the open ports lead. */
export const logOpened = (forwarding: Forwarding): void => {
  for (const forward of forwarding.forwards) {
    const { port, protocol, hosts } = forward;
    const facts = factsOf(forwarding, forward);
    const [primary, ...backups] = hosts;
    const others = backups.length === 0 ? '' : `, in its absence to ${backups.join(', then ')}`;
    forwarding.context.log.info(
      `localhost:${port}/${protocol} leads to ${primary}:${port}${others} (${String(facts['engine'])})`,
      { ...facts, ok: true },
    );
  }
};
