/** What ends a command from outside. */
export interface EndHandlers {
  /** SIGTERM, SIGINT or SIGHUP arrived. */
  readonly signal: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => void;
  /** Something threw where nobody could catch it. */
  readonly failure: (thrown: unknown) => void;
}

/** What a command has of the process that it runs in. */
export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** Writes to stderr. */
  readonly complain: (text: string) => void;
  /** The command line that runs this command again, without any arguments. */
  readonly self: readonly [string, ...string[]];
  /** Installs handlers; the function returned removes them. */
  readonly onEnd: (handlers: EndHandlers) => () => void;
}
