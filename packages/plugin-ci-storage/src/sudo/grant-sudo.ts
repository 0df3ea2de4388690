import { join } from 'node:path';
import {
  ConfigurationError,
  RunnerError,
  type Fault,
  type TapContext,
  type User,
} from '@ci-runner/core';
import type { ExaminedAccess } from '../access.ts';
import { hideKey } from '../key/place-key.ts';
import { findOwner } from './find-owner.ts';
import { processIdentity } from './process-identity.ts';
import { RULES_FILE, type SudoDirectory, type SudoRules } from './sudo-rules.ts';
import { complaintAbout, DROP_IN, formatSudoers } from './sudoers.ts';

/** What guest may do through sudo. */
export interface SudoGrant {
  readonly directories: readonly string[];
  /** The path of the `ci-storage` command. */
  readonly command: string;
  /** As CI_STORAGE_HOST has it. */
  readonly host: string;
  readonly access: ExaminedAccess;
}

type Way = Pick<SudoDirectory, 'keyFile' | 'knownHostsFile' | 'pinned'>;

/** Gives the owner of a directory what ssh needs, in a directory that nobody else can enter. */
const openWay = async (
  context: TapContext,
  owner: User,
  { key, knownHosts }: ExaminedAccess,
): Promise<Way> => {
  if (key === undefined) return {};
  const placed = await hideKey(context, owner, key);
  if (knownHosts === undefined) return placed;
  const path = join(placed.keyFile, '../pinned_hosts');
  await context.writeFile({ path, content: knownHosts, owner });
  return { ...placed, knownHostsFile: path, pinned: true };
};

/**
 * Lets guest load and store these directories with `sudo ci-storage`, with the rights of their owners, until the close.
 *
 * @throws ConfigurationError naming each directory that cannot be named.
 */
export const grantSudo = async (context: TapContext, grant: SudoGrant): Promise<void> => {
  const { guest, supervisor } = context;
  const faults: Fault[] = [];
  const directories: SudoDirectory[] = [];
  for (const path of grant.directories) {
    const found = await findOwner(path, guest);
    if ('fault' in found) {
      faults.push({
        name: 'option of ci-storage sudo.directories',
        got: path,
        expected: found.fault,
      });
    } else {
      const { uid, gid, home } = found.owner;
      const way = await openWay(context, found.owner, grant.access);
      directories.push({ path, owner: { uid, gid, home }, ...way });
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  const text = formatSudoers(guest.uid, grant.command);
  const complaint = await complaintAbout(context, text);
  if (complaint !== undefined) {
    throw new RunnerError(
      'PROCESS_FAILED',
      `visudo refuses the rule for ${grant.command}: ${complaint}`,
    );
  }
  const { pid } = process;
  const identity = (await processIdentity(pid)) ?? '';
  const rules: SudoRules = { supervisor: { pid, identity }, host: grant.host, directories };
  await context.writeFile({ path: RULES_FILE, content: JSON.stringify(rules), owner: supervisor });
  // Last written, first removed: without the rules the command refuses.
  await context.writeFile({ path: DROP_IN, content: text, mode: 0o440, owner: supervisor });
};
