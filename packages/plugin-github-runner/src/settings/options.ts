import * as z from 'zod';
import {
  directoryField,
  hostField,
  LONGEST_JITTER_S,
  modeField,
  namePrefixField,
  runnerGroupField,
} from './fields.ts';

/** Where the runner registers and what it runs. Each option is overridden by its variable. */
export interface GithubRunnerOptions {
  /**
   * A GitHub: `github.com`, a data residency host, or a GitHub Enterprise Server, as a name or as a URL without a path.
   * Overridden by GH_HOST.
   *
   * @default 'github.com'
   */
  host?: string | undefined;
  /**
   * Where GitHub's actions-runner is unpacked, or is to be; guest must own it. Overridden by GH_RUNNER_DIRECTORY.
   *
   * @default 'actions-runner' in guest's home
   */
  directory?: string | undefined;
  /**
   * What the runner's name begins with; the machine's name and a random suffix follow. Overridden by
   * GH_RUNNER_NAME_PREFIX.
   *
   * @default 'ci-runner'
   */
  namePrefix?: string | undefined;
  /**
   * The name of the runner group of the organization or enterprise that the runner joins. Overridden by GH_RUNNER_GROUP.
   *
   * @default the group that GitHub calls its default
   */
  runnerGroup?: string | undefined;
  /**
   * Whether the runner goes without the labels `self-hosted`, `Linux` and the machine's architecture, so that only jobs
   * that ask for its own labels come. Overridden by GH_NO_DEFAULT_LABELS.
   *
   * @default false
   */
  noDefaultLabels?: boolean | undefined;
  /**
   * Whether one registration takes many jobs (`persistent`), or every job gets a new one over the same work directory
   * (`ephemeral`), so that GitHub can send no second job while one runs. Overridden by GH_RUNNER_MODE.
   *
   * @default 'persistent'
   */
  mode?: 'persistent' | 'ephemeral' | undefined;
  /**
   * Whether an actions-runner that GitHub would soon refuse for its age is replaced, and a missing one installed. Overridden
   * by GH_RUNNER_UPDATE.
   *
   * @default true
   */
  update?: boolean | undefined;
  /**
   * Seconds within which the first registration begins, at a moment drawn by lot: for fleets whose containers are known to
   * start all at once. Overridden by GH_START_JITTER_SEC.
   *
   * @default 0
   */
  startJitterSeconds?: number | undefined;
  /**
   * Whether runners of this prefix that were offline for an hour are removed, by about one container of a fleet at a time.
   * Overridden by GH_SWEEP_OFFLINE_RUNNERS.
   *
   * @default true
   */
  sweepOfflineRunners?: boolean | undefined;
  /**
   * Whether the runners of this prefix are counted from GitHub's list, for the metrics `IdleRunnersCount`,
   * `ActiveRunnersCount` and `AllRunnersCount`: at most 360 calls an hour for the whole fleet. Overridden by GH_COUNT_FLEET.
   *
   * @default true
   */
  countFleet?: boolean | undefined;
}

type Options = GithubRunnerOptions | undefined;

/** Validates {@link GithubRunnerOptions}. */
export const optionsSchema: z.ZodType<Options, Options> = z
  .strictObject({
    host: hostField.optional(),
    directory: directoryField.optional(),
    namePrefix: namePrefixField.optional(),
    runnerGroup: runnerGroupField.optional(),
    noDefaultLabels: z.boolean('takes true or false').optional(),
    mode: modeField.optional(),
    update: z.boolean('takes true or false').optional(),
    startJitterSeconds: z
      .number('takes a number of seconds')
      .min(0, 'takes no less than 0')
      .max(LONGEST_JITTER_S, `takes at most ${LONGEST_JITTER_S}`)
      .optional(),
    sweepOfflineRunners: z.boolean('takes true or false').optional(),
    countFleet: z.boolean('takes true or false').optional(),
  })
  .optional();
