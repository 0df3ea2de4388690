import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** An account of this machine. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Knows the accounts of this machine. */
export interface Users {
  /** The account that this process runs as. */
  current(): User;
  /** The account of that name, if there is one. */
  find(name: string): Promise<User | undefined>;
}

const parsePasswdLine = (line: string): User | undefined => {
  const [name, , uid, gid, , home, shell] = line.split(':');
  if (!name || uid === undefined || gid === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
};

const accountOf = (): User | undefined => {
  try {
    const { username, uid, gid, homedir: home, shell } = userInfo();
    return { name: username, uid, gid, home, shell: shell || '/bin/sh' };
  } catch {
    return undefined;
  }
};

/** A container may run as a uid that no account has. */
const withoutAccount = (): User => {
  const uid = process.getuid?.() ?? 0;
  return { name: String(uid), uid, gid: process.getgid?.() ?? 0, home: '/', shell: '/bin/sh' };
};

/** The accounts in /etc/passwd. A container has no other source of accounts. */
export const systemUsers: Users = {
  current: () => accountOf() ?? withoutAccount(),
  find: async (name) =>
    (await readFile('/etc/passwd', 'utf8'))
      .split('\n')
      .map(parsePasswdLine)
      .find((user) => user?.name === name),
};

/** By path, because it starts as root and the PATH may name directories that jobs can write to. */
const SETPRIV = '/usr/bin/setpriv';

/**
 * The command line that runs `command` as `user`, with the user's supplementary groups. Node's own uid and gid options
 * drop those groups.
 */
export const asUser = (
  user: User,
  command: string,
  args: readonly string[],
): [string, string[]] => [
  SETPRIV,
  [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--', command, ...args],
];

/** The variables that tell a process who it runs as. */
export const identityOf = (user: User): Record<string, string> => ({
  HOME: user.home,
  USER: user.name,
  LOGNAME: user.name,
});
