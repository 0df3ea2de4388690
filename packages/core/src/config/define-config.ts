import type { LogFormat } from '../log/logger.ts';
import type { Plugin } from '../plugins/define-plugin.ts';

/** The settings of the core, complete and frozen. */
export interface RunnerConfig {
  /** The repository that the runner serves, as `owner/repo`; undefined where it serves more than one. */
  readonly repository: string | undefined;
  /** The organization that the runner serves. */
  readonly organization: string | undefined;
  /** The enterprise that the runner serves, by its slug. */
  readonly enterprise: string | undefined;
  /** The repositories, as `owner/repo`, whose workspaces a runner of more than one is to find warm. */
  readonly prewarmRepositories: readonly string[];
  /** The custom labels of the runner. */
  readonly labels: readonly string[];
  /** IANA name of the time zone of the log and of all children; the machine's own when absent. */
  readonly timeZone: string | undefined;
  /** The runner's work directory. */
  readonly workDir: string;
  /** What outlives a container when a volume is mounted there. */
  readonly cacheDir: string;
  /** The account that guest entrypoints, the prewarm and the runner run as. */
  readonly user: string;
  /** Seconds between two collections of metrics. */
  readonly metricsSeconds: number;
  /** Log lines for people, or JSON objects. */
  readonly logFormat: LogFormat;
}

/** What a configuration file says. Variables of the environment win over it, it wins over the defaults. */
export interface RunnerConfigInput {
  /** `owner/repo`; overridden by GH_REPOSITORY. */
  repository?: string;
  /** The name of an organization; overridden by GH_ORGANIZATION. */
  organization?: string;
  /** The slug of an enterprise; overridden by GH_ENTERPRISE. */
  enterprise?: string;
  /** `owner/repo` each; overridden by CI_RUNNER_PREWARM_REPOSITORIES. @default [] */
  prewarmRepositories?: string[];
  /** Overridden by GH_LABELS. @default [] */
  labels?: string[];
  /** Overridden by TZ. */
  timeZone?: string;
  /** An absolute path; overridden by CI_RUNNER_WORK_DIR. @default '/mnt' */
  workDir?: string;
  /** An absolute path; overridden by CI_RUNNER_CACHE_DIR. @default '/var/cache/ci-storage' */
  cacheDir?: string;
  /** Overridden by CI_RUNNER_USER. @default 'guest' */
  user?: string;
  /** Seconds between two collections of metrics, 10 to 3600; overridden by CI_RUNNER_METRICS_SEC. @default 60 */
  metricsSeconds?: number;
  /** Overridden by LOG_FORMAT. @default 'text' */
  logFormat?: LogFormat;
  /** The plugins, in the order in which their taps run. Falsy entries are left out. */
  plugins: readonly (Plugin | false | null | undefined)[];
}

/** Types a configuration file. It changes nothing. */
export const defineConfig = (config: RunnerConfigInput): RunnerConfigInput => config;
