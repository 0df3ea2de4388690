import * as z from 'zod';
import type { AwsVariables } from '../aws/access.ts';
import { instanceVariables } from './instance-variables.ts';
import { switchForm } from './switch-form.ts';

/** The names of the variables of AWS, and of ours, that are texts. */
type TextName =
  | 'CI_RUNNER_INSTANCE_ID'
  | 'AWS_REGION'
  | 'AWS_DEFAULT_REGION'
  | 'AWS_PROFILE'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
  | 'AWS_WEB_IDENTITY_TOKEN_FILE'
  | 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'
  | 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
  | 'AWS_ENDPOINT_URL'
  | 'AWS_ENDPOINT_URL_EC2'
  | 'AWS_EC2_METADATA_DISABLED'
  | 'AWS_EC2_METADATA_SERVICE_ENDPOINT'
  | 'ECS_CONTAINER_METADATA_URI_V4';

/** What the environment has, each as a text. */
export type Given = {
  readonly [name in 'BTIME' | 'CI_RUNNER_NAME_TAG' | TextName]?: string | undefined;
};

/** What the variables say. */
export interface Variables {
  /** Milliseconds since the epoch. */
  readonly hostBootAt: number | undefined;
  readonly nameTag: boolean | undefined;
  /** Those that lead to AWS. */
  readonly aws: AwsVariables;
}

/** The variables that hold secrets. */
export const SECRETS: readonly (keyof Given)[] = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const bootTime = z
  .string()
  // Ten digits last until the year 2286; thirteen would be milliseconds.
  .regex(
    /^\d{1,10}$/,
    "takes digits: the host's boot time in seconds since the epoch, such as 1700000000",
  );

/** It becomes a part of host names. */
const region = z
  .string()
  .regex(/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/, 'takes a region, such as eu-central-1');

const endpoint = z.url({
  protocol: /^https?$/,
  error: 'takes a URL such as https://ec2.eu-central-1.amazonaws.com',
});

/** Validates {@link Given}. */
export const variablesSchema: z.ZodType<Variables, Given> = z
  .object({
    BTIME: bootTime
      .optional()
      .meta({ description: 'The host’s boot time; adds the metrics of it.' }),
    CI_RUNNER_NAME_TAG: switchForm.optional(),
    CI_RUNNER_INSTANCE_ID: z
      .string()
      .optional()
      .meta({ description: 'The id of this machine.', default: 'asked of EC2 or ECS' }),
    AWS_REGION: region.optional(),
    AWS_DEFAULT_REGION: region.optional(),
    AWS_PROFILE: z.string().optional(),
    AWS_ACCESS_KEY_ID: z.string().optional(),
    AWS_SECRET_ACCESS_KEY: z.string().optional(),
    AWS_SESSION_TOKEN: z.string().optional(),
    AWS_WEB_IDENTITY_TOKEN_FILE: z.string().optional(),
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: z.string().optional(),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: z.string().optional(),
    AWS_ENDPOINT_URL: endpoint.optional(),
    AWS_ENDPOINT_URL_EC2: endpoint.optional(),
    ECS_CONTAINER_METADATA_URI_V4: z.url('takes the URL that ECS sets').optional(),
    ...instanceVariables,
  })
  .transform(({ BTIME, CI_RUNNER_NAME_TAG, ...aws }) => ({
    hostBootAt: BTIME === undefined ? undefined : Number(BTIME) * 1_000,
    nameTag: CI_RUNNER_NAME_TAG === undefined ? undefined : CI_RUNNER_NAME_TAG === 'true',
    aws,
  }));
