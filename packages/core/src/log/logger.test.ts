import { describe, expect, test } from 'vitest';
import { systemProcesses } from '../effects/processes.ts';
import { createLogger, type LogFields, type Logger, type LogStyle } from './logger.ts';
import { createSecretMask, type SecretMask } from './mask-secrets.ts';

interface Logging {
  readonly log: Logger;
  readonly mask: SecretMask;
  readonly lines: string[];
}

const logging = (style: LogStyle | (() => LogStyle) = { format: 'json' }): Logging => {
  const lines: string[] = [];
  const mask = createSecretMask();
  const log = createLogger({
    style: typeof style === 'function' ? style : () => style,
    mask,
    write: (line) => lines.push(line),
  });
  return { log, mask, lines };
};

const record = ({ lines }: Logging): Record<string, unknown> =>
  JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;

test('writes lines for people, without the fields', () => {
  const { log, lines } = logging({ format: 'text', timeZone: 'UTC' });
  log.info('registered', { id: 7 });
  log.warn('slow');
  log.error('failed');
  expect(lines.map((line) => line.replace(/^\[[\d: -]{19} UTC\]/, '[NOW]'))).toEqual([
    '[NOW] registered\n',
    '[NOW] warning: slow\n',
    '[NOW] error: failed\n',
  ]);
});

test('writes JSON lines, with the fields', () => {
  const one = logging();
  one.log.child({ plugin: 'forward' }).warn('slow', { event: 'forward', port: 5432, ok: true });
  expect(one.lines.at(-1)).toMatch(/^\{.*\}\n$/);
  expect(record(one)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    level: 'warn',
    message: 'slow',
    plugin: 'forward',
    event: 'forward',
    port: 5432,
    ok: true,
  });
});

test('follows a style that changes', () => {
  let format: LogStyle['format'] = 'text';
  const { log, lines } = logging(() => ({ format, timeZone: 'UTC' }));
  log.info('first');
  format = 'json';
  log.info('second');
  expect(lines[0]).toMatch(/^\[.*\] first\n$/);
  expect(lines[1]).toMatch(/^\{/);
});

const circular: Record<string, unknown> = { name: 'circular' };
circular['self'] = circular;

const ODD: readonly [string, LogFields][] = [
  ['circular', { circular }],
  ['a BigInt', { big: 10n, list: [1n] }],
  ['undefined', { nothing: undefined, list: [undefined] }],
  ['functions and symbols', { call: () => 1, symbol: Symbol('s') }],
  ['no numbers', { nan: Number.NaN, infinite: Infinity }],
  ['an invalid date', { at: new Date(Number.NaN) }],
  ['half a character', { text: '\uD800' }],
  [
    'a getter that throws',
    {
      get broken(): never {
        throw new Error('broken');
      },
    },
  ],
  [
    'a toJSON that throws',
    {
      value: {
        toJSON: () => {
          throw new Error('broken');
        },
      },
    },
  ],
  [
    'a revoked proxy',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
  ],
  ['an error', { err: new Error('broken'), cause: new Error('broken') }],
  ['no prototype', Object.assign(Object.create(null) as object, { a: 1 }) as LogFields],
  ['the names of the line’s own', { time: 'soon', level: 12, message: { a: 1 }, msg: 1 }],
];

describe.each(ODD)('never throws on fields that are %s', (_name, fields) => {
  test('as JSON', () => {
    const one = logging();
    one.log.info('still here', fields);
    expect(record(one)).toMatchObject({ level: 'info', message: 'still here' });
    one.log.child(fields).info('and in a child');
    expect(record(one)).toMatchObject({ message: 'and in a child' });
  });

  test('as text', () => {
    const { log, lines } = logging({ format: 'text', timeZone: 'UTC' });
    log.info('still here', fields);
    log.child(fields).info('still here');
    for (const line of lines) expect(line).toMatch(/^\[2\d{3}-.* UTC\] still here\n$/);
    expect(lines.length).toBe(2);
  });
});

test('hides secrets in messages and fields, at any depth, in names, and as numbers', () => {
  const one = logging();
  one.mask.add('hush"hush');
  one.mask.add('5432');
  const child = one.log.child({ plugin: 'a hush"hush' });
  child.info('say hush"hush', { deep: [{ 'hush"hush': 'hush"hush!' }], port: 5432, other: 80 });
  expect(record(one)).toMatchObject({
    message: 'say ***',
    plugin: 'a ***',
    deep: [{ '***': '***!' }],
    port: '***',
    other: 80,
  });
  expect(one.lines.join('')).not.toContain('hush');
});

test('a secret as short as a word of the line leaves the line readable', () => {
  const one = logging();
  for (const secret of ['info', 'level', '2', '"', ':']) one.mask.add(secret);
  one.log.info('info');
  expect(record(one)).toMatchObject({ level: 'info', message: '***' });
});

test('hides secrets in the lines that children write', async () => {
  const key = '-----BEGIN KEY-----\nc2VjcmV0IGxpbmU=\nYW5vdGhlciBvbmU=\n-----END KEY-----\n';
  const { log, mask, lines } = logging({ format: 'text', timeZone: 'UTC' });
  mask.add(key);
  const child = await systemProcesses.spawn({
    command: 'sh',
    args: ['-c', 'printf %s "$KEY"; printf %s "$KEY" | base64 >&2; echo done'],
    env: { PATH: process.env['PATH'] ?? '', KEY: key },
    onLine: (line) => log.info(line),
  });
  await child.exited;
  const all = lines.join('');
  expect(all).toContain('done');
  const encoded = Buffer.from(key).toString('base64');
  for (const text of ['c2VjcmV0', 'YW5vdGhl', encoded.slice(0, 70), encoded.slice(80, 110)]) {
    expect(all).not.toContain(text);
  }
});
