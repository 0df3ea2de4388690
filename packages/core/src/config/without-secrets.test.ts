import { expect, test } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

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
