import { afterEach, expect, test, vi } from 'vitest';
import { controlSocketPath } from './socket-path.ts';

const runAs = (uid: number): void => {
  vi.spyOn(process, 'getuid').mockReturnValue(uid);
};

afterEach(() => {
  vi.unstubAllEnvs();
});

test('root’s is in /run, wherever a session of root has its directory', () => {
  runAs(0);
  expect(controlSocketPath({})).toBe('/run/ci-runner/control.sock');
  expect(controlSocketPath({ XDG_RUNTIME_DIR: '/run/user/0' })).toBe('/run/ci-runner/control.sock');
});

test('another user’s is in the directory of the session, or in one of the temporary ones', () => {
  runAs(1000);
  vi.stubEnv('TMPDIR', '/var/tmp');
  expect(controlSocketPath({ XDG_RUNTIME_DIR: '/run/user/1000' })).toBe(
    '/run/user/1000/ci-runner/control.sock',
  );
  for (const environment of [{}, { XDG_RUNTIME_DIR: '' }]) {
    expect(controlSocketPath(environment)).toBe('/var/tmp/ci-runner-1000/control.sock');
  }
});

test('the variable names another; an empty one counts as unset', () => {
  runAs(0);
  expect(controlSocketPath({ CI_RUNNER_CONTROL_SOCKET: '/a' })).toBe('/a');
  expect(controlSocketPath({ CI_RUNNER_CONTROL_SOCKET: '' })).toBe('/run/ci-runner/control.sock');
});
