/** What ends a command from outside. */
export interface EndHandlers {
  /** SIGTERM, SIGINT or SIGHUP arrived. */
  readonly signal: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => void;
  /** Something threw where nobody could catch it. */
  readonly failure: (thrown: unknown) => void;
}

/** A screen that can be written over. */
export interface Terminal {
  readonly columns: () => number;
  /** Whether it has colours, and the user wants them: NO_COLOR. */
  readonly colours: boolean;
  readonly write: (text: string) => void;
}

/** What a command has of the process that it runs in. */
export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** Writes to stderr. */
  readonly complain: (text: string) => void;
  /** Where stdout is a terminal that somebody looks at; undefined for files, pipes and CI. */
  readonly terminal: Terminal | undefined;
  /** The command line that runs this command again, without any arguments. */
  readonly self: readonly [string, ...string[]];
  /** Installs handlers; the function returned removes them. */
  readonly onEnd: (handlers: EndHandlers) => () => void;
}
