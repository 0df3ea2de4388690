import { systemEffects, type User } from '@ci-runner/core';
import { findProgram } from './find-program.ts';
import type { Means } from './report.ts';

/** With what a rehearsal can be made on this machine. */
export const describeMeans = (
  guest: User,
  { contained, sshd, path }: { contained: boolean; sshd: boolean; path: string },
): Means => {
  const haproxy = findProgram('haproxy', path) !== undefined;
  const bash = findProgram('bash', path) !== undefined;
  const switches = guest.uid !== systemEffects.users.current().uid;
  const parts: readonly (readonly [boolean, string, string])[] = [
    [
      sshd,
      'sshd, ssh and rsync',
      'sshd, ssh, rsync or an account that sshd lets in: nothing is loaded before the first job',
    ],
    [haproxy, 'haproxy', 'haproxy: TCP goes through the embedded relay'],
    [bash, 'bash', 'bash: no entrypoints are run'],
    [
      switches,
      `the switch from root to ${guest.name}`,
      'root: everything runs as one user, whose jobs can read the supervisor’s environment',
    ],
    [contained, 'namespaces of its own', 'the right to make namespaces'],
  ];
  return {
    real: parts.filter(([there]) => there).map(([, real]) => real),
    played: ['GitHub', 'AWS', 'the actions-runner', 'the central host’s services'],
    missing: parts.filter(([there]) => !there).map(([, , missing]) => missing),
  };
};
