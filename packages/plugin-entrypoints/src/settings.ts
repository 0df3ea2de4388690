import * as z from 'zod';

/** What can be set in the configuration file. */
export interface EntrypointsOptions {
  /**
   * Where root's scripts are; overridden by CI_RUNNER_ROOT_ENTRYPOINTS. A supervisor that is not root runs them as
   * itself, and only when this is given.
   *
   * @default '/root'
   */
  rootDirectory?: string | undefined;
  /** Where guest's scripts are; overridden by CI_RUNNER_GUEST_ENTRYPOINTS. @default guest's home */
  guestDirectory?: string | undefined;
  /**
   * Whether guest's scripts get GH_TOKEN, as root's always do; overridden by CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN. Every job can
   * look into the processes that guest's scripts leave in the background, and so read it there; and every job can leave a
   * script in guest's home, which gets it when the same container starts again.
   *
   * @default false
   */
  guestToken?: boolean | undefined;
  /**
   * How long each script may take, in seconds; overridden by CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC. One that takes longer is ended,
   * and stops the boot.
   *
   * @default no limit
   */
  timeoutSec?: number | undefined;
}

/** The longest limit that a timer of Node's can hold, in whole seconds. */
const LONGEST_TIMEOUT_S = 2_147_483;

const directory = z
  .string()
  .startsWith('/', 'takes the absolute path of a directory, such as /opt/entrypoints');

/** Validates {@link EntrypointsOptions}. */
export const optionsSchema: z.ZodType<
  EntrypointsOptions | undefined,
  EntrypointsOptions | undefined
> = z
  .strictObject({
    rootDirectory: directory.optional(),
    guestDirectory: directory.optional(),
    guestToken: z.boolean('takes true or false').optional(),
    timeoutSec: z
      .number()
      .refine(
        (seconds) => seconds > 0 && seconds <= LONGEST_TIMEOUT_S,
        `takes seconds above 0 and up to ${LONGEST_TIMEOUT_S}`,
      )
      .optional(),
  })
  .optional();

/** The token, with which guest's scripts can be trusted by an option. */
export const TOKEN = 'GH_TOKEN';

/** The secrets that root's scripts find in their environment, as in that of the container. */
export const ROOT_SECRETS = ['GH_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/** The variables of this plugin. */
export interface Variables {
  readonly CI_RUNNER_ROOT_ENTRYPOINTS?: string | undefined;
  readonly CI_RUNNER_GUEST_ENTRYPOINTS?: string | undefined;
  readonly CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN?: 'true' | 'false' | undefined;
  readonly CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC?: string | undefined;
  readonly GH_TOKEN?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
}

/** Validates {@link Variables}. */
export const variablesSchema: z.ZodType<Variables, Variables> = z.object({
  CI_RUNNER_ROOT_ENTRYPOINTS: directory.optional(),
  CI_RUNNER_GUEST_ENTRYPOINTS: directory.optional(),
  CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN: z.enum(['true', 'false'], 'takes true or false').optional(),
  CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC: z
    .string()
    .refine(
      (text) => /^\d{1,7}$/.test(text) && Number(text) > 0 && Number(text) <= LONGEST_TIMEOUT_S,
      `takes whole seconds, 1 to ${LONGEST_TIMEOUT_S}`,
    )
    .optional(),
  GH_TOKEN: z.string().optional().meta({ description: 'Root’s scripts get it.' }),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
});

/** The settings, wherever they come from. */
export interface Settings {
  /** Undefined where nobody named one. */
  readonly rootDirectory: string | undefined;
  /** Undefined for guest's home. */
  readonly guestDirectory: string | undefined;
  /** Those of {@link ROOT_SECRETS} that are set. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly guestToken: boolean;
  /** How long each script may take, in milliseconds; undefined for as long as it needs. */
  readonly limitMs: number | undefined;
}

/** The environment over the configuration file. */
export const settingsOf = (options: EntrypointsOptions | undefined, env: Variables): Settings => {
  const given = env.CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN;
  const seconds = env.CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC ?? options?.timeoutSec;
  return {
    rootDirectory: env.CI_RUNNER_ROOT_ENTRYPOINTS ?? options?.rootDirectory,
    guestDirectory: env.CI_RUNNER_GUEST_ENTRYPOINTS ?? options?.guestDirectory,
    secrets: Object.fromEntries(
      ROOT_SECRETS.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
    guestToken: given === undefined ? (options?.guestToken ?? false) : given === 'true',
    limitMs: seconds === undefined ? undefined : Number(seconds) * 1_000,
  };
};
