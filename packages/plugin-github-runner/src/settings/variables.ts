import * as z from 'zod';
import { drainVariables, type DrainVariables } from '../drain/drain-settings.ts';
import { limitVariables, type LimitVariables } from '../limits/lifetime-limits.ts';
import { credentialChecks, type CredentialVariables } from './credentials.ts';
import {
  directoryField,
  hostField,
  modeField,
  namePrefixField,
  runnerGroupField,
  startJitterField,
  switchField,
} from './fields.ts';
import { parsePrivateKey } from './private-key.ts';

/** The variables that hold secrets. */
export const SECRETS: readonly (keyof CredentialVariables)[] = [
  'GH_TOKEN',
  'GH_APP_PRIVATE_KEY',
  'GH_REGISTRATION_TOKEN',
];

/** Goes into an HTTP header as it is. */
const tokenField = z.string().regex(/^[\x21-\x7E]+$/, 'takes a token: one word, without spaces');

/** The variables of this plugin. */
export interface Variables extends CredentialVariables, DrainVariables, LimitVariables {
  readonly GH_HOST?: string | undefined;
  readonly GH_RUNNER_DIRECTORY?: string | undefined;
  readonly GH_RUNNER_NAME_PREFIX?: string | undefined;
  readonly GH_RUNNER_GROUP?: string | undefined;
  readonly GH_NO_DEFAULT_LABELS?: 'true' | 'false' | undefined;
  readonly GH_RUNNER_MODE?: 'persistent' | 'ephemeral' | undefined;
  readonly GH_RUNNER_UPDATE?: 'true' | 'false' | undefined;
  readonly GH_START_JITTER_SEC?: string | undefined;
  readonly GH_SWEEP_OFFLINE_RUNNERS?: 'true' | 'false' | undefined;
  readonly GH_COUNT_FLEET?: 'true' | 'false' | undefined;
}

/** Validates {@link Variables}. */
export const variablesSchema: z.ZodType<Variables, Variables> = z
  .object({
    GH_TOKEN: tokenField
      .optional()
      .meta({ description: 'A token that may administrate the runners of the scope.' }),
    GH_APP_ID: z
      .string()
      .regex(/^[\w.-]+$/, 'takes the id or the client id of a GitHub App, such as 123456')
      .optional()
      .meta({ description: 'A GitHub App acts instead of a token.' }),
    GH_APP_PRIVATE_KEY: z
      .string()
      .refine(
        (text) => parsePrivateKey(text) !== undefined,
        String.raw`takes the private key of the GitHub App: the whole PEM file, its lines kept or joined with \n`,
      )
      .optional()
      .meta({ description: 'The key that the GitHub App acts with.' }),
    GH_APP_INSTALLATION_ID: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'takes the number of an installation, such as 12345678')
      .optional()
      .meta({ description: 'Which installation of the GitHub App.', default: 'found by itself' }),
    GH_REGISTRATION_TOKEN: tokenField.optional().meta({
      description:
        'A ready registration token instead. It can remove the runner only within its hour.',
    }),
    GH_HOST: hostField.optional(),
    GH_RUNNER_DIRECTORY: directoryField.optional(),
    GH_RUNNER_NAME_PREFIX: namePrefixField.optional(),
    GH_RUNNER_GROUP: runnerGroupField.optional(),
    GH_NO_DEFAULT_LABELS: switchField.optional(),
    GH_RUNNER_MODE: modeField.optional(),
    GH_RUNNER_UPDATE: switchField.optional(),
    GH_START_JITTER_SEC: startJitterField.optional(),
    GH_SWEEP_OFFLINE_RUNNERS: switchField.optional(),
    GH_COUNT_FLEET: switchField.optional(),
    ...drainVariables,
    ...limitVariables,
  })
  .check(...credentialChecks);
