import type { Forward } from './forward-spec.ts';
import type { Options } from './options.ts';
import { portKey } from './parse-ports.ts';
import type { Variables } from './variables.ts';

/** What is to be forwarded, and what is not although a variable speaks of it. */
export interface ForwardPlan {
  readonly forwards: readonly Forward[];
  /** One sentence for the log when a variable alone says nothing. */
  readonly remark: string | undefined;
}

const remarkOn = ({ hosts, ports }: Variables, lost: readonly string[]): string | undefined => {
  if (lost.length > 0) {
    return `FORWARD_PORTS without FORWARD_HOST: nothing is forwarded for ${lost.join(' ')}`;
  }
  if (hosts.length > 0 && ports.length === 0) {
    return 'FORWARD_HOST without FORWARD_PORTS: nothing is forwarded to it';
  }
  return undefined;
};

/** Joins the variables and the options: hosts of a single port come before FORWARD_HOST. */
export const planForwards = (variables: Variables, pinned: Options['hosts']): ForwardPlan => {
  const lost: string[] = [];
  const forwards = new Map<string, Forward>();
  for (const word of variables.ports) {
    const key = portKey(word);
    const hosts = pinned.get(key)?.hosts ?? variables.hosts;
    const { port, protocol, backup } = word;
    if (hosts.length === 0) lost.push(key);
    else forwards.set(key, { port, protocol, hosts: backup ? hosts.toReversed() : hosts });
  }
  for (const [key, forward] of pinned) if (!forwards.has(key)) forwards.set(key, forward);
  return { forwards: [...forwards.values()], remark: remarkOn(variables, lost) };
};
