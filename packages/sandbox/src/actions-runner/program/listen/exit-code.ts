/** The Listener's exit codes that this stand-in has a cause for. */
export const ExitCode = {
  /** Also: the only job of an ephemeral runner is done, or the runner was deleted on the server. */
  success: 0,
  terminated: 1,
  /** A supervisor should start it again. */
  retryable: 2,
  updating: 3,
  /** The same of a runner that takes one job. */
  updatingOnce: 4,
  sessionConflict: 5,
  /** Where the environment asks for it. */
  deprecated: 7,
} as const;
