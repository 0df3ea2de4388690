import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { asUser, identityOf, systemUsers } from './users.ts';

test('finds root', async () => {
  expect(await systemUsers.find('root')).toEqual({
    name: 'root',
    uid: 0,
    gid: 0,
    home: '/root',
    shell: expect.stringMatching(/^\//) as string,
  });
});

test.each(['no-such-account', '', 'roo', 'root:x'])('finds no account %j', async (name) => {
  expect(await systemUsers.find(name)).toBeUndefined();
});

test('knows who runs it', () => {
  const { username, uid, gid, homedir } = userInfo();
  expect(systemUsers.current()).toMatchObject({ name: username, uid, gid, home: homedir });
});

test('the switch of users keeps arguments as they are and does not look for its program on the PATH', () => {
  const octo = { name: 'octo', uid: 1234, gid: 1235, home: '/home/octo', shell: '/bin/sh' };
  const [command, args] = asUser(octo, 'printf', ['%s', '--reuid=0']);
  expect(command).toMatch(/^\//);
  expect(args.slice(args.indexOf('--'))).toEqual(['--', 'printf', '%s', '--reuid=0']);
  expect(identityOf(octo)).toEqual({ HOME: '/home/octo', USER: 'octo', LOGNAME: 'octo' });
});
