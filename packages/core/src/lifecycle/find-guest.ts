import type { RunnerConfig } from '../config/define-config.ts';
import type { Effects } from '../effects/effects.ts';
import type { User } from '../effects/users.ts';
import type { Fault } from '../errors/fault.ts';

/** Who runs the jobs, or why nobody can. */
export interface FoundGuest {
  /** The supervisor's own user where the account is at fault. */
  readonly guest: User;
  readonly faults: readonly Fault[];
}

/** The account of the setting `user`. Only root can switch to it: what anybody else starts runs as they do. */
export const findGuest = async (
  { user: name }: RunnerConfig,
  { users }: Effects,
): Promise<FoundGuest> => {
  const current = users.current();
  if (current.uid !== 0) return { guest: current, faults: [] };
  const guest = await users.find(name);
  if (guest && guest.uid !== 0) return { guest, faults: [] };
  const expected = guest
    ? 'takes an account other than root: its jobs could read every secret of the supervisor'
    : 'takes an account of this machine: create it with useradd, or name another one';
  return { guest: current, faults: [{ name: 'CI_RUNNER_USER', got: name, expected }] };
};
