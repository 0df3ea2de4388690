import * as z from 'zod';

/** Something that is on or off. */
export const switchForm: z.ZodEnum<{ true: 'true'; false: 'false' }> = z.enum(
  ['true', 'false'],
  'takes true or false',
);
