import * as z from 'zod';

/** The variables, those of the AWS SDKs, that say where the instance metadata service is: their forms. */
export const instanceVariables: {
  readonly AWS_EC2_METADATA_DISABLED: z.ZodOptional<z.ZodString>;
  readonly AWS_EC2_METADATA_SERVICE_ENDPOINT: z.ZodOptional<z.ZodURL>;
} = {
  AWS_EC2_METADATA_DISABLED: z.string().optional(),
  AWS_EC2_METADATA_SERVICE_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'takes a URL such as http://169.254.169.254' })
    .optional(),
};
