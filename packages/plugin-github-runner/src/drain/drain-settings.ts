import * as z from 'zod';
import type { DrainSettings } from '../live-runner.ts';

/** A shorter window lets a job that GitHub has just given away be overlooked. */
const DEFAULT_QUIET_SECONDS = 5;
const LONGEST_QUIET_SECONDS = 3_600;

type Variable = z.ZodType<string | undefined, string | undefined>;

/** The variables that say how the runner is drained. */
export const drainVariables: Readonly<
  Record<'DEBUG_SHUTDOWN_DELAY_SEC' | 'GH_DRAIN_QUIET_SEC' | 'GH_DRAIN_TIMEOUT_SEC', Variable>
> = {
  DEBUG_SHUTDOWN_DELAY_SEC: z
    .string()
    .regex(/^\d{1,6}$/, 'takes digits, such as 10: seconds to wait before the drain begins')
    .optional()
    .meta({
      description: 'Waits before a drain begins, to see how patient the orchestrator is.',
      default: '0',
    }),
  GH_DRAIN_QUIET_SEC: z
    .string()
    .refine(
      (text) => /^\d{1,4}$/.test(text) && Number(text) <= LONGEST_QUIET_SECONDS,
      `takes 0 to ${LONGEST_QUIET_SECONDS}: seconds without a job before the runner is deregistered`,
    )
    .optional()
    .meta({
      description: 'Without a job for so long, a draining runner is deregistered.',
      default: String(DEFAULT_QUIET_SECONDS),
    }),
  GH_DRAIN_TIMEOUT_SEC: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'takes 1 to 999999: seconds after which the job is cancelled')
    .optional()
    .meta({ description: 'A drain cancels the job that still runs then.' }),
};

/** Their validated values. */
export type DrainVariables = {
  readonly [Name in keyof typeof drainVariables]?: string | undefined;
};

/** The settings behind the variables. */
export const readDrainSettings = (env: DrainVariables): DrainSettings => ({
  delaySeconds: Number(env.DEBUG_SHUTDOWN_DELAY_SEC ?? 0),
  quietMs: Number(env.GH_DRAIN_QUIET_SEC ?? DEFAULT_QUIET_SECONDS) * 1_000,
  timeoutMs:
    env.GH_DRAIN_TIMEOUT_SEC === undefined ? undefined : Number(env.GH_DRAIN_TIMEOUT_SEC) * 1_000,
});
