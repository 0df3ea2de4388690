import type { SshIdentity } from '../transport/ssh-transport.ts';

/** What the command has of the process that it runs in. */
export interface CommandIo {
  /** Without the program and the script. */
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly home: string;
  readonly isRoot: boolean;
  /** Whether sudo has made it root for somebody else. */
  readonly throughSudo: boolean;
  /** @default ssh's own choice */
  readonly identity?: SshIdentity;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** Writes to stderr. */
  readonly complain: (text: string) => void;
  /** How wide the terminal is that stderr is; undefined when it is none. */
  readonly columns: () => number | undefined;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}
