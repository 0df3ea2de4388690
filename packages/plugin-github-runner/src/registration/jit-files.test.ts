import { expect, it } from 'vitest';
import { decodeJitConfig } from './jit-files.ts';

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

const files = {
  '.runner': base64({
    AgentId: '7',
    WorkFolder: '_work',
    DisableUpdate: 'False',
    Ephemeral: 'True',
  }),
  '.credentials': base64({ Scheme: 'OAuth' }),
  '.credentials_rsaparams': base64({ d: 'x' }),
};

const read = (content: Buffer): unknown => JSON.parse(content.toString());

it('decodes the files, with our work directory and without updates', () => {
  const decoded = decodeJitConfig(base64(files), '/mnt');
  expect(decoded.map(({ name, content }) => [name, read(content)])).toEqual([
    ['.runner', { AgentId: '7', Ephemeral: 'True', WorkFolder: '/mnt', DisableUpdate: 'True' }],
    ['.credentials', { Scheme: 'OAuth' }],
    ['.credentials_rsaparams', { d: 'x' }],
  ]);
});

it('takes other spellings of the names, and a byte order mark', () => {
  const settings = `\uFEFF${JSON.stringify({ agentId: 7, workFolder: '_work' })}`;
  const other = { ...files, '.runner': Buffer.from(settings).toString('base64') };
  const [runner] = decodeJitConfig(base64(other), '/mnt');
  expect(read(runner?.content ?? Buffer.of())).toEqual({
    agentId: 7,
    WorkFolder: '/mnt',
    DisableUpdate: 'True',
  });
});

it('writes no file but those that it knows', () => {
  const more = { ...files, '../../etc/passwd': base64({}) };
  expect(decodeJitConfig(base64(more), '/mnt')).toHaveLength(3);
});

it.each(['', 'no base64 at all', base64('text'), base64({ '.runner': files['.runner'] })])(
  'refuses what is no configuration (%j) and shows nothing of it',
  (encoded) => {
    expect(() => decodeJitConfig(encoded, '/mnt')).toThrow(
      /^GitHub sent a JIT configuration that is none$/,
    );
  },
);
