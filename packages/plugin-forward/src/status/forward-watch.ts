import type { Clock, Logger } from '@ci-runner/core';
import { portKey } from '../settings/parse-ports.ts';
import type { Forward } from '../settings/forward-spec.ts';
import type { Lead } from './lead.ts';
import { createTrafficCounter, type Traffic } from './traffic.ts';

/** How a forward fares. */
export interface ForwardState {
  readonly forward: Forward;
  readonly engine: string;
  /** The host that it leads to; the primary while none answers. */
  readonly target: string;
  /** Which of its addresses that is; undefined while that is not known. */
  readonly address: string | undefined;
  /** Whether that host answers; undefined while that is not known. */
  readonly up: boolean | undefined;
  /** Since when it does, does not, or is not known to, in milliseconds since the epoch. */
  readonly since: number;
  /** How often it has changed to another host. */
  readonly failovers: number;
  readonly traffic: Traffic;
}

/** Keeps how a forward fares, and logs when that changes: once each time. */
export interface ForwardWatch {
  state(): ForwardState;
  /** Another engine carries it from now on. */
  carriedBy(engine: string): void;
  /** The forward leads there now; undefined when no host answers. */
  leadsTo(lead: Lead | undefined): void;
  /** What the engine has carried since it was started. */
  traffic(now: Traffic): void;
  /** The engine has ended: until the next one speaks, nothing is known of the hosts. */
  engineEnded(): void;
}

/** Makes the watch of a forward. */
export const createForwardWatch = (
  forward: Forward,
  plannedEngine: string,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): ForwardWatch => {
  const [primary = ''] = forward.hosts;
  let engine = plannedEngine;
  let target = primary;
  let address: string | undefined;
  let up: boolean | undefined;
  let since = clock.now();
  let failovers = 0;
  const counter = createTrafficCounter();

  const say = (level: 'info' | 'warn', message: string): void =>
    log[level](`${portKey(forward)} ${message}`, {
      event: 'forward-target',
      port: forward.port,
      protocol: forward.protocol,
      target,
      up,
    });
  const becomes = (isUp: boolean): boolean => {
    if (up === isUp) return false;
    // That TCP services are down at the boot is told by a test of its own, which knows why.
    const news = up !== undefined || (!isUp && forward.protocol === 'udp');
    since = clock.now();
    up = isUp;
    return news;
  };

  return {
    state: () => ({
      forward,
      engine,
      target,
      address,
      up,
      since,
      failovers,
      traffic: counter.sum(),
    }),
    carriedBy: (another) => {
      engine = another;
    },
    leadsTo: (lead) => {
      address = lead?.address;
      if (lead === undefined) {
        target = primary;
        if (becomes(false))
          say('warn', `has no host that answers: not ${forward.hosts.join(', ')}`);
        return;
      }
      const { host } = lead;
      const changedBack = becomes(true);
      if (host !== target) {
        const left = target;
        target = host;
        failovers += 1;
        if (host === primary) say('info', `leads to ${host} again`);
        else say('warn', `leads to ${host} now: ${left} does not answer`);
      } else if (changedBack) say('info', `leads to ${host} again`);
    },
    traffic: (now) => counter.count(now),
    engineEnded: () => {
      counter.restart();
      if (up !== undefined) since = clock.now();
      up = undefined;
    },
  };
};
