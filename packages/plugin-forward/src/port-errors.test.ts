import { expect, it } from 'vitest';
import { portUnavailable } from './port-errors.ts';

it.each([
  ['EADDRINUSE', 'another program listens on it'],
  ['EACCES', 'this process may not open ports below 1024'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
])('says what %s means', (code, reason) => {
  const cause = Object.assign(new Error('the system said no'), { code });
  const error = portUnavailable({ port: 80, protocol: 'tcp' }, '127.0.0.1', cause);
  expect(error.code).toBe('PORT_UNAVAILABLE');
  expect(error.message).toBe(`port 80/tcp cannot be forwarded: ${reason} (127.0.0.1, ${code})`);
});
