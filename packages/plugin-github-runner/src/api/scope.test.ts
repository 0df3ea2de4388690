import type { RunnerConfig } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { scopeOf, scopePath, scopeUrl, type Scope } from './scope.ts';

const host = { web: 'https://ghe.acme.example', api: 'https://ghe.acme.example/api/v3' };

it.each<[Scope, string, string]>([
  [{ kind: 'repository', name: 'octo/app' }, '/repos/octo/app', '/octo/app'],
  [{ kind: 'organization', name: 'octo' }, '/orgs/octo', '/octo'],
  [{ kind: 'enterprise', name: 'corp' }, '/enterprises/corp', '/enterprises/corp'],
])('%j has its path and its page', (scope, path, page) => {
  expect(scopePath(scope)).toBe(path);
  expect(scopeUrl(host, scope)).toBe(`${host.web}${page}`);
});

it('is the setting that is there', () => {
  const none = { repository: undefined, organization: undefined, enterprise: undefined };
  const scope = (config: Partial<RunnerConfig>) =>
    scopeOf({ ...none, ...config } as unknown as RunnerConfig);
  expect(scope({})).toBeUndefined();
  expect(scope({ repository: 'octo/app' })).toEqual({ kind: 'repository', name: 'octo/app' });
  expect(scope({ organization: 'octo' })).toEqual({ kind: 'organization', name: 'octo' });
  expect(scope({ enterprise: 'corp' })).toEqual({ kind: 'enterprise', name: 'corp' });
});
