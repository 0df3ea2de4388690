import { pino, type Logger as PinoLogger } from 'pino';
import { formatLine, type LogRecord } from './format-line.ts';
import { maskValue, type SecretMask } from './mask-secrets.ts';
import { safeFields } from './safe-fields.ts';

/** Facts for machines that go with a message; they appear with `LOG_FORMAT=json` only. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes one line an event. Secrets are masked in messages and fields alike. It never throws, whatever the fields hold. The
 * names `level`, `time` and `message` are its own: a field of such a name appears with `_` behind it.
 */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose JSON lines carry these fields as well. */
  child(fields: LogFields): Logger;
}

/** How log lines look: for people, or one JSON object a line. */
export type LogFormat = 'text' | 'json';

/** How a line is written; asked anew for each, because the configuration is known only after the first lines. */
export interface LogStyle {
  readonly format: LogFormat;
  /** IANA name of the zone of the timestamps; the machine's own when absent. */
  readonly timeZone?: string | undefined;
}

/** The settings of {@link createLogger}. */
export interface LoggerOptions {
  readonly style: () => LogStyle;
  readonly mask: Pick<SecretMask, 'apply'>;
  /** Takes a finished line, line end included, and what it tells of. */
  readonly write: (line: string, record: LogRecord) => void;
}

const adapt = (inner: PinoLogger): Logger => ({
  info: (message, fields = {}) => inner.info(safeFields(fields), message),
  warn: (message, fields = {}) => inner.warn(safeFields(fields), message),
  error: (message, fields = {}) => inner.error(safeFields(fields), message),
  child: (fields) => adapt(inner.child(safeFields(fields))),
});

/** Masking the values instead of the line keeps the line valid JSON. What the logger itself writes holds no secret. */
const maskedRecord = (mask: Pick<SecretMask, 'apply'>, line: string): LogRecord => {
  const { level, time, ...rest } = JSON.parse(line) as LogRecord;
  return { level, time, ...(maskValue(mask, rest) as Omit<LogRecord, 'level' | 'time'>) };
};

/** Makes a logger over pino that masks, formats and hands on whole lines. */
export const createLogger = ({ style, mask, write }: LoggerOptions): Logger => {
  const render = (record: LogRecord): string => {
    const { format, timeZone } = style();
    return `${format === 'json' ? JSON.stringify(record) : formatLine(record, timeZone)}\n`;
  };
  const stream = {
    write: (line: string) => {
      try {
        const record = maskedRecord(mask, line);
        write(render(record), record);
      } catch {
        // A sink that fails, as a closed pipe does, must not end a run halfway.
      }
    },
  };
  return adapt(
    pino(
      {
        level: 'info',
        base: null,
        messageKey: 'message',
        formatters: { level: (level) => ({ level }) },
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
      },
      stream,
    ),
  );
};
