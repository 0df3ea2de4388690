import * as z from 'zod';
import { parseHost } from '../api/host.ts';

/** In seconds. */
export const LONGEST_JITTER_S = 3_600;

/** A GitHub, as GH_HOST names it. */
export const hostField: z.ZodString = z
  .string()
  .refine(
    (text) => parseHost(text) !== undefined,
    'takes the name or the URL of a GitHub without a path, such as github.com or https://ghe.acme.example',
  );

/** Where the actions-runner is unpacked. */
export const directoryField: z.ZodString = z
  .string()
  .startsWith('/', 'takes an absolute path, such as /home/guest/actions-runner');

/** What a runner's name begins with. */
export const namePrefixField: z.ZodString = z
  .string()
  .regex(
    /^\w[\w.-]{0,31}$/,
    'takes 1 to 32 letters, digits, dots, dashes or underscores, no dot or dash first',
  );

/** The name of a runner group. config.sh takes what begins with a dash for an option. */
export const runnerGroupField: z.ZodString = z
  .string()
  .regex(
    /^(?! )[^\p{Cc}-][^\p{Cc}]{0,99}(?<! )$/u,
    'takes the name of a runner group: 1 to 100 printable characters, no dash first',
  );

/** How a runner is registered. */
export const modeField: z.ZodEnum<{ persistent: 'persistent'; ephemeral: 'ephemeral' }> = z.enum(
  ['persistent', 'ephemeral'],
  'takes persistent (one registration for many jobs) or ephemeral (a new one for every job)',
);

/** A switch among the variables. */
export const switchField: z.ZodEnum<{ true: 'true'; false: 'false' }> = z.enum(
  ['true', 'false'],
  'takes true or false',
);

/** A time that a start may wait. */
export const startJitterField: z.ZodString = z
  .string()
  .refine(
    (text) => /^\d{1,4}$/.test(text) && Number(text) <= LONGEST_JITTER_S,
    `takes 0 to ${LONGEST_JITTER_S}: seconds within which the registration begins`,
  );
