import { expect, test } from 'vitest';
import { maskEnvironment } from './mask-environment.ts';

test.each([
  ['GH_TOKEN', 'ghp_hush'],
  ['CI_STORAGE_KEY', 'line one\nline two'],
  ['AWS_SECRET_ACCESS_KEY', 'abc/def+ghi'],
  ['db_password', 'hush-hush'],
])('hides the value of %s', (name, value) => {
  const mask = maskEnvironment({ [name]: value });
  expect(mask(`it is ${value}.`)).toBe('it is ***.');
  expect(mask(`it is ${encodeURIComponent(value)}.`)).toBe('it is ***.');
});

test('hides the password of a URL in any variable', () => {
  const mask = maskEnvironment({ HTTPS_PROXY: 'http://user:sup3rs3cret@proxy:3128' });
  expect(mask('no answer from user:sup3rs3cret@proxy')).toBe('no answer from user:***@proxy');
});

test.each([
  ['GH_REPOSITORY', 'octo/app'],
  ['GH_TOKEN_FILE', '/run/secrets/token'],
  ['SSH_AUTH_SOCK', '/tmp/agent'],
  ['TOKEN', 'abc'],
  ['KEYBOARD', 'qwerty'],
])('shows the value of %s', (name, value) => {
  expect(maskEnvironment({ [name]: value, UNSET: undefined })(value)).toBe(value);
});
