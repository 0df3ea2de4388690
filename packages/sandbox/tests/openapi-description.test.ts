import { beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, OpenApiDescription } from './openapi-description.ts';

const root = '/repos/octo/app/actions/runners';
let description: OpenApiDescription;

beforeAll(async () => {
  description = await OpenApiDescription.load('api.github.com');
});

describe('the validator', () => {
  const good: Exchange = {
    method: 'GET',
    path: `${root}/5`,
    requestBody: undefined,
    status: 200,
    contentType: 'application/json',
    body: {
      id: 5,
      name: 'a',
      os: 'linux',
      status: 'online',
      busy: false,
      labels: [],
      version: null,
    },
  };

  it('acquits a right exchange', () => {
    expect(description.check(good)).toEqual({ request: [], response: [] });
  });

  it.for<[string, Partial<Exchange>, string]>([
    ['a missing field', { body: { id: 5 } }, "must have required property 'name'"],
    ['a wrong type', { body: { ...(good.body as object), id: '5' } }, '/id must be integer'],
    [
      'null where it is not allowed',
      { body: { ...(good.body as object), os: null } },
      '/os must be',
    ],
    [
      'a wrong label',
      { body: { ...(good.body as object), labels: [{ name: 'a', type: 'x' }] } },
      '/labels/0/type',
    ],
    ['an undocumented status', { status: 418 }, 'status 418 is not documented'],
    ['a wrong content type', { contentType: 'text/plain' }, 'content type text/plain'],
    ['a body after 204', { method: 'DELETE', status: 204 }, 'has a body'],
    [
      'a date that is none',
      {
        method: 'POST',
        path: `${root}/remove-token`,
        status: 201,
        body: { token: 'x', expires_at: 'tomorrow' },
      },
      '/expires_at must match format',
    ],
  ])('convicts %s', ([, change, fault]) => {
    expect(description.check({ ...good, ...change }).response.join()).toContain(fault);
  });

  it.for<[string, Partial<Exchange>, string]>([
    ['an unknown path', { path: '/repos/octo/app/actions/runner' }, 'no such operation'],
    ['an unknown query', { path: `${root}?nome=x` }, 'nome is not documented'],
    ['a page that is none', { path: `${root}?page=x` }, 'must be integer'],
    ['a body where none is taken', { requestBody: {} }, 'a body is not documented'],
  ])('convicts %s', ([, change, fault]) => {
    expect(description.check({ ...good, ...change }).request.join()).toContain(fault);
  });
});
