import type { Mediator, Terminal, WriteBytes } from '../commands/command-io.ts';

type Write = typeof process.stdout.write;

/** Has `take` take what is written to the stream. The function returned undoes that, unless others have done the same since. */
const replaceWrite = (stream: NodeJS.WriteStream, take: WriteBytes): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(stream, 'write');
  const replacement: Write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    callback?: (error?: Error | null) => void,
  ) => {
    const [coding, done] =
      typeof encoding === 'function' ? [undefined, encoding] : [encoding, callback];
    take(typeof chunk === 'string' ? Buffer.from(chunk, coding) : chunk);
    if (done) process.nextTick(done);
    return true;
  };
  stream.write = replacement;
  return () => {
    if (stream.write !== replacement) return;
    if (before) Object.defineProperty(stream, 'write', before);
    else Reflect.deleteProperty(stream, 'write');
  };
};

const mediate = ({ between, resumed }: Mediator): (() => void) => {
  const streams = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY);
  const undo = streams.map((stream) => {
    const write = stream.write.bind(stream);
    return replaceWrite(
      stream,
      between((bytes) => write(bytes)),
    );
  });
  process.on('SIGCONT', resumed);
  return () => {
    process.off('SIGCONT', resumed);
    for (const one of undo) one();
  };
};

/** The terminal that standard output is, where somebody looks at it who wants to see it move. */
export const findTerminal = (): Terminal | undefined => {
  const { stdout, env } = process;
  if (!stdout.isTTY || env['TERM'] === 'dumb' || env['CI']) return undefined;
  const write = stdout.write.bind(stdout);
  return {
    columns: () => stdout.columns || 80,
    rows: () => stdout.rows || 24,
    colours: stdout.hasColors(),
    write,
    mediate,
  };
};
