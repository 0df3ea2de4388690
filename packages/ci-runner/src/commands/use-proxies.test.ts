import { expect, test } from 'vitest';
import { findProxies } from './use-proxies.ts';

const PROXY = 'http://user:pw@proxy.test:3128';

test.each([
  [{ HTTPS_PROXY: PROXY }, { https_proxy: PROXY }],
  [{ HTTPS_PROXY: 'http://other.test', https_proxy: PROXY }, { https_proxy: PROXY }],
  [{ HTTP_PROXY: PROXY, https_proxy: '' }, { http_proxy: PROXY }],
  [
    { http_proxy: PROXY, HTTPS_PROXY: PROXY },
    { http_proxy: PROXY, https_proxy: PROXY },
  ],
])('%j', (environment, proxies) => {
  const { no_proxy: direct, ...found } = findProxies(environment) ?? {};
  expect(found).toEqual(proxies);
  expect(direct).toMatch(/^localhost,127\.0\.0\.1-127\.255\.255\.254,.*,169\.254\.169\.254,/);
});

test.each([
  [{ NO_PROXY: '.acme.test,10.0.0.1' }, /^\.acme\.test,10\.0\.0\.1,localhost,/],
  [{ NO_PROXY: 'other.test', no_proxy: '.acme.test' }, /^\.acme\.test,localhost,/],
  [{ NO_PROXY: '*' }, /^\*$/],
])('besides the machine itself %j is asked directly', (environment, direct) => {
  expect(findProxies({ HTTPS_PROXY: PROXY, ...environment })?.no_proxy).toMatch(direct);
});

test.each([
  {},
  { HTTPS_PROXY: '' },
  { NO_PROXY: '*' },
  { HTTPS_PROXY: '10.0.0.1:3128' },
  { HTTPS_PROXY: 'proxy.internal:3128' },
  { HTTP_PROXY: 'http://user:100%@proxy.test' },
])('there is none in %j', (environment) => {
  expect(findProxies(environment)).toBeUndefined();
});
