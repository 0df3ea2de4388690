/** What a module threw, fit to be told. */
export interface Thrown {
  readonly message: string;
  /** The line of the module itself; undefined where it was not involved. */
  readonly line?: number;
}

const messageOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return `threw ${String(thrown)} instead of an error`;
  const own = thrown.message || thrown.name;
  if (!(thrown.cause instanceof Error)) return own;
  const cause = messageOf(thrown.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
};

/** The first line of `path` in the stack, which begins with `PATH:LINE` for an error of syntax. */
const lineOf = (thrown: unknown, path: string): number | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const stack = thrown.stack ?? '';
  const at = stack.indexOf(`${path}:`);
  if (at === -1) return undefined;
  const line = /^\d+/.exec(stack.slice(at + path.length + 1))?.[0];
  return line === undefined ? undefined : Number(line);
};

/** Describes what the module of that path threw. */
export const describeThrown = (thrown: unknown, path: string): Thrown => {
  const line = lineOf(thrown, path);
  return { message: messageOf(thrown), ...(line === undefined ? {} : { line }) };
};

/** `PATH: line N: MESSAGE` */
export const placeThrown = (path: string, { message, line }: Thrown): string =>
  `${path}: ${line === undefined ? '' : `line ${line}: `}${message}`;
