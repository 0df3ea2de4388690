/** What an error code means to the operator. */
export interface CatalogueEntry {
  /** The exit status that the command ends with (sysexits.h). */
  readonly exitCode: 70 | 75 | 78;
  /** What to do about it, in one sentence. */
  readonly cure: string;
}

const CONFIGURATION = 78;
const TEMPORARY = 75;
const INTERNAL = 70;

/** A code of the catalogue. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_FILE_INVALID'
  | 'CREDENTIALS_REFUSED'
  | 'PORT_UNAVAILABLE'
  | 'SERVICE_UNAVAILABLE'
  | 'RUNNER_ENDED'
  | 'INTERRUPTED'
  | 'RUNNER_OUTDATED'
  | 'HOOK_FAILED'
  | 'HOOK_TIMED_OUT'
  | 'HOOK_UNANSWERED'
  | 'HOOK_SEALED'
  | 'CONTEXT_CLOSED'
  | 'RELEASE_FAILED'
  | 'PROCESS_FAILED'
  | 'SCRIPT_FAILED'
  | 'UNEXPECTED';

/** Every error code with its exit status and its cure. */
export const catalogue: Readonly<Record<ErrorCode, CatalogueEntry>> = Object.freeze({
  CONFIG_INVALID: {
    exitCode: CONFIGURATION,
    cure: 'Mend every listed variable or option, then run `ci-runner check` to see that nothing is left.',
  },
  CONFIG_FILE_INVALID: {
    exitCode: CONFIGURATION,
    cure: 'Mend the configuration file as the message says: its default export is `defineConfig({ … })`, and what root runs only root can write.',
  },
  CREDENTIALS_REFUSED: {
    exitCode: CONFIGURATION,
    cure: 'Grant the permission that the message names, or give other credentials.',
  },
  PORT_UNAVAILABLE: {
    exitCode: CONFIGURATION,
    cure: 'Free the port, or take it out of FORWARD_PORTS.',
  },
  SERVICE_UNAVAILABLE: {
    exitCode: TEMPORARY,
    cure: 'Nothing to mend here: start again when the service answers.',
  },
  RUNNER_ENDED: {
    exitCode: TEMPORARY,
    cure: 'Read the lines of the actions-runner above; start the container again.',
  },
  INTERRUPTED: {
    exitCode: TEMPORARY,
    cure: 'Nothing to mend here: run it again.',
  },
  RUNNER_OUTDATED: {
    exitCode: CONFIGURATION,
    cure: 'Install a current version of the actions-runner, or pull a newer image.',
  },
  HOOK_FAILED: {
    exitCode: INTERNAL,
    cure: 'The message names the plugin and the hook: mend or remove that plugin.',
  },
  HOOK_TIMED_OUT: {
    exitCode: INTERNAL,
    cure: 'The message names the plugin and the hook that did not end: give its tap a longer deadlineMs, or mend it.',
  },
  HOOK_UNANSWERED: {
    exitCode: INTERNAL,
    cure: 'Add a plugin that answers the hook; the stock set answers all of them.',
  },
  HOOK_SEALED: {
    exitCode: INTERNAL,
    cure: 'Tap a hook before its first call, best in the plugin’s `setup`.',
  },
  CONTEXT_CLOSED: {
    exitCode: INTERNAL,
    cure: 'A plugin acquired something after the close began; it was released at once.',
  },
  RELEASE_FAILED: {
    exitCode: INTERNAL,
    cure: 'Something may be left behind: the message names what, and the plugin that acquired it.',
  },
  PROCESS_FAILED: {
    exitCode: INTERNAL,
    cure: 'Read the output of the program that the message names.',
  },
  SCRIPT_FAILED: {
    exitCode: INTERNAL,
    cure: 'Mend the entrypoint script that the message names.',
  },
  UNEXPECTED: {
    exitCode: INTERNAL,
    cure: 'This is a defect: please report it with the lines above.',
  },
});
