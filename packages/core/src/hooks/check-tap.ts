import { inspect } from 'node:util';
import type { Stage } from './hook.ts';

/** Node's timers take no longer time: they fire at once instead. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;

/** Where the taps of a stage begin; further apart than positions can be. */
export const STAGES: Readonly<Record<Stage, number>> = { early: -1e6, normal: 0, late: 1e6 };

/** How a plugin taps a hook. */
interface TapRequest {
  readonly plugin: string;
  readonly hook: string;
  readonly stage: Stage;
  readonly deadlineMs: number | false;
  /** Whether the hook lets a tap have no deadline. */
  readonly endless: boolean;
}

const isDeadline = (value: unknown): boolean =>
  value === false || (typeof value === 'number' && value > 0 && value <= LONGEST_DEADLINE_MS);

/** @throws RangeError for a stage or a deadline that no tap of this hook can have. */
export const checkTap = ({ plugin, hook, stage, deadlineMs, endless }: TapRequest): void => {
  const who = `Plugin "${plugin}" tapped hook "${hook}"`;
  if (!isDeadline(deadlineMs)) {
    throw new RangeError(
      `${who} with deadlineMs ${String(deadlineMs)}: it takes milliseconds above 0 and up to ${LONGEST_DEADLINE_MS}, or false`,
    );
  }
  if (deadlineMs === false && !endless) {
    throw new RangeError(
      `${who} with deadlineMs false: it takes milliseconds, because the run waits for it`,
    );
  }
  if (!Object.hasOwn(STAGES, stage)) {
    throw new RangeError(`${who} in stage ${inspect(stage)}: it takes early, normal or late`);
  }
};
