/** The Listener's exit codes that this stand-in has a cause for. */
export const ExitCode = {
  /** Also: the only job of an ephemeral runner is done, or the runner was deleted on the server. */
  success: 0,
  terminated: 1,
  /** A supervisor should start it again. */
  retryable: 2,
  sessionConflict: 5,
} as const;
