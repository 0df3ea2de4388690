import { describe, expect, it } from 'vitest';
import { parseHost } from './host.ts';

describe('parseHost', () => {
  it.each([
    ['github.com', 'https://github.com', 'https://api.github.com'],
    ['https://github.com/', 'https://github.com', 'https://api.github.com'],
    ['GitHub.com', 'https://github.com', 'https://api.github.com'],
    ['acme.ghe.com', 'https://acme.ghe.com', 'https://api.acme.ghe.com'],
    ['ghe.acme.example', 'https://ghe.acme.example', 'https://ghe.acme.example/api/v3'],
    [
      'ghe.acme.example:8443',
      'https://ghe.acme.example:8443',
      'https://ghe.acme.example:8443/api/v3',
    ],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/api/v3'],
    ['notgithub.com', 'https://notgithub.com', 'https://notgithub.com/api/v3'],
  ])('maps %s', (text, web, api) => {
    expect(parseHost(text)).toEqual({ web, api });
  });

  it.each([
    '',
    'a b',
    'github.com/octo',
    'https://github.com/octo',
    'ftp://github.com',
    'https://me@github.com',
    '-x',
  ])('refuses "%s"', (text) => {
    expect(parseHost(text)).toBeUndefined();
  });
});
