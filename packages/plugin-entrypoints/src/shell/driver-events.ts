import type { Environment } from '../environment.ts';

/** A command that ended the boot. */
export interface FailedCommand {
  readonly code: number;
  readonly line: number;
  /** The file it stands in; empty when the failure is the status of a whole script. */
  readonly source: string;
  readonly command: string;
}

/** What the driver reports: fields that end with NUL; an environment ends with an empty field. */
export type DriverEvent =
  | { readonly type: 'unreadable'; readonly script: string }
  /** All scripts that it was started with can be read. */
  | { readonly type: 'ready' }
  /** The script that it was told to source has ended. */
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly command: FailedCommand }
  | { readonly type: 'environment'; readonly environment: Environment }
  /** It only waits for background jobs now. */
  | { readonly type: 'finished' }
  /** Somebody else has written to the channel; nothing that follows can be told apart. */
  | { readonly type: 'unknown'; readonly text: string };

const parseEnvironment = (entries: readonly string[]): Environment =>
  Object.fromEntries(
    entries.flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
    }),
  );

/** The event that the fields make up; undefined while fields are missing. */
const parseEvent = (fields: readonly string[]): DriverEvent | undefined => {
  const [type = '', ...rest] = fields;
  switch (type) {
    case 'ready':
    case 'end':
    case 'finished':
      return { type };
    case 'unreadable':
      return rest[0] === undefined ? undefined : { type, script: rest[0] };
    case 'failed': {
      if (rest.length < 4) return undefined;
      const [code, line, source = '', command = ''] = rest;
      return { type, command: { code: Number(code), line: Number(line), source, command } };
    }
    case 'environment':
      return rest.at(-1) === ''
        ? { type, environment: parseEnvironment(rest.slice(0, -1)) }
        : undefined;
    default:
      return { type: 'unknown', text: type };
  }
};

/** Makes a reader that takes the driver's bytes as they come and hands on whole events, up to the last one. */
export const createEventReader = (
  onEvent: (event: DriverEvent) => void,
): ((chunk: Buffer) => void) => {
  let fields: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let ended = false;
  return (chunk) => {
    if (ended) return;
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
      fields.push(rest.toString('utf8', 0, end));
      rest = rest.subarray(end + 1);
      const event = parseEvent(fields);
      if (event === undefined) continue;
      fields = [];
      onEvent(event);
      ended = event.type === 'finished' || event.type === 'unknown';
      if (ended) return;
    }
  };
};
