import { expect, test } from 'vitest';
import { createSecretFilter, withoutSecrets } from './without-secrets.ts';

const secrets = {
  names: ['GH_TOKEN', 'GH_TOKEN_FILE'],
  values: ['ghp_verysecret\n', 'wxyz', 'abc'],
};

test('leaves out secrets by name and by value, and names what it left out', () => {
  const environment = {
    GH_TOKEN: 'another',
    GH_TOKEN_FILE: '/run/secrets/token',
    COPY: 'ghp_verysecret',
    URL: 'https://x:ghp_verysecret@github.com',
    HEADER: `basic ${Buffer.from('x-access-token:ghp_verysecret').toString('base64')}`,
    PATH: '/usr/bin',
    FOUR: '-wxyz-',
    WORD: 'abcdef',
  };
  expect(withoutSecrets(environment, secrets)).toEqual({
    environment: { PATH: '/usr/bin', WORD: 'abcdef' },
    dropped: ['GH_TOKEN', 'GH_TOKEN_FILE', 'COPY', 'URL', 'HEADER', 'FOUR'],
  });
});

test('a filter names what it left out once', () => {
  const lines: string[] = [];
  const filter = createSecretFilter(secrets, { warn: (line) => lines.push(line) });
  expect(filter({ COPY: 'ghp_verysecret', PATH: '/bin' })).toEqual({ PATH: '/bin' });
  expect(filter({ COPY: 'ghp_verysecret', FOUR: 'wxyz' })).toEqual({});
  expect(lines.map((line) => line.replace(/.*: /, ''))).toEqual(['COPY', 'FOUR']);
});
