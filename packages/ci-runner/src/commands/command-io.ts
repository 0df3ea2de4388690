/** What ends a command from outside. */
export interface EndHandlers {
  /** SIGTERM, SIGINT or SIGHUP arrived. */
  readonly signal: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => void;
  /** Something threw where nobody could catch it. */
  readonly failure: (thrown: unknown) => void;
}

/** Writes to one of the streams of the process. */
export type WriteBytes = (bytes: Uint8Array) => void;

/** What stands between this process and a terminal for a while. */
export interface Mediator {
  /** Answers what takes the bytes for a stream that leads to the terminal; `pass` writes to it. */
  readonly between: (pass: WriteBytes) => WriteBytes;
  /** The process goes on after a stop, while which others may have used the terminal. */
  readonly resumed: () => void;
}

/** A screen that can be written over. */
export interface Terminal {
  readonly columns: () => number;
  readonly rows: () => number;
  /** Whether it has colours, and the user wants them: NO_COLOR. */
  readonly colours: boolean;
  /** Writes past a mediator. */
  readonly write: (text: string) => void;
  /** Leads through the mediator whatever this process writes to the terminal, until the function returned is called. */
  readonly mediate: (mediator: Mediator) => () => void;
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
