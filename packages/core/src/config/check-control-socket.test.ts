import { expect, test } from 'vitest';
import { checkControlSocket } from './check-control-socket.ts';

test.each([
  {},
  { CI_RUNNER_CONTROL_SOCKET: '/a' },
  { CI_RUNNER_CONTROL_SOCKET: `/${'a'.repeat(99)}` },
])('takes %j', (environment) => {
  expect(checkControlSocket(environment)).toEqual([]);
});

test.each([
  'control.sock',
  './a',
  '/',
  '/run/',
  '/a\0b',
  `/${'a'.repeat(100)}`,
  `/${'ä'.repeat(50)}`,
])('refuses %j', (path) => {
  expect(checkControlSocket({ CI_RUNNER_CONTROL_SOCKET: path })).toMatchObject([
    {
      name: 'CI_RUNNER_CONTROL_SOCKET',
      got: path,
      expected: expect.stringMatching(/^takes the absolute path of a socket/),
    },
  ]);
});
