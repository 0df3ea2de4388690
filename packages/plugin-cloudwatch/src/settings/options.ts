import * as z from 'zod';

/** The options of {@link cloudwatch}. */
export interface CloudwatchOptions {
  /**
   * Whether the Name tag of the EC2 instance tells how long its boot took, where BTIME is set and the role has
   * ec2:DescribeTags and ec2:CreateTags. Overridden by CI_RUNNER_NAME_TAG.
   *
   * @default true
   */
  nameTag?: boolean | undefined;
}

/** Validates {@link CloudwatchOptions}. */
export const optionsSchema: z.ZodType<
  CloudwatchOptions | undefined,
  CloudwatchOptions | undefined
> = z.strictObject({ nameTag: z.boolean('takes true or false').optional() }).optional();
