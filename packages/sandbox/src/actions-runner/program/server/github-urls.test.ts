import { expect, test } from 'vitest';
import { gitHubUrls } from './github-urls.ts';

test.for([
  ['https://github.com/octo/app', 'https://api.github.com', '/repos/octo/app/actions', true],
  ['https://www.github.com/octo', 'https://api.github.com', '/orgs/octo/actions', true],
  ['https://acme.ghe.com/octo', 'https://api.acme.ghe.com', '/orgs/octo/actions', true],
  [
    'http://github.localhost/enterprises/acme/',
    'http://api.github.localhost',
    '/enterprises/acme/actions',
    true,
  ],
  [
    'http://127.0.0.1:8080/octo/app',
    'http://127.0.0.1:8080/api/v3',
    '/repos/octo/app/actions',
    false,
  ],
] as const)('%s', ([url, api, path, isHosted]) => {
  expect(gitHubUrls(url)).toEqual({ api, entity: api + path, isHosted });
});

test.for(['nonsense', 'ftp://github.com/octo', 'https://github.com', 'https://github.com/a/b/c'])(
  '%s names nothing',
  (url) => {
    expect(() => gitHubUrls(url)).toThrow(`'${url}' should point to an org or enterprise.`);
  },
);
