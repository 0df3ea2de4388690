import { readFile } from 'node:fs/promises';
import type { User } from '@ci-runner/core';
import type { PortForward } from '../settings/forward-spec.ts';

/** Where Linux says from which port on everybody may open one (ip(7)); Docker says 0 in its containers. */
const SETTING = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const USUAL = 1_024;

/** Whether any account may open all of these ports. */
export const mayOpen = async (forwards: readonly PortForward[]): Promise<boolean> => {
  const setting = await readFile(SETTING, 'utf8').catch(() => `${USUAL}`);
  return forwards.every(({ port }) => port >= Number(setting));
};

/**
 * Options of setpriv(1) for root: the program runs as `user` and has the one right to open low ports. Were it started as root
 * and to change its account itself, the kernel would forget that it is to die with its parent (PR_SET_PDEATHSIG).
 */
export const asUserWithLowPorts = ({ uid, gid }: User): readonly string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--init-groups',
  '--inh-caps=-all,+net_bind_service',
  '--ambient-caps=-all,+net_bind_service',
];
