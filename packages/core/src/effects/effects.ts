import { systemClock, type Clock } from './clock.ts';
import { systemProcesses, type Processes } from './processes.ts';
import { systemUsers, type Users } from './users.ts';

/** Everything through which the product touches the world. */
export interface Effects {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly users: Users;
}

/** The real machine. */
export const systemEffects: Effects = {
  clock: systemClock,
  processes: systemProcesses,
  users: systemUsers,
};
