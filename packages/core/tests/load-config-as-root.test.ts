import { execFileSync } from 'node:child_process';
import { chmod, chown, lchown, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory, GOOD, load, NAME, put, refused } from './config-files.ts';

const asRootUser = process.getuid?.() === 0;

/** Runs a command where the directory that follows is mounted read-only. */
const READ_ONLY = [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"',
  'sh',
] as const;

const NOBODY = 65_534;

/** Runs a command as root of a user namespace in which nobody else is, and which is nobody outside. */
const MAPPED = [
  'setpriv',
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--clear-groups',
  'unshare',
  '--map-root-user',
] as const;

const canRun = ([command, ...args]: readonly [string, ...string[]]): boolean => {
  try {
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('as root', () => {
  test.skipIf(!asRootUser)('runs a file that root owns and only root can write', async () => {
    const file = await put(`image/${NAME}`, GOOD);
    expect(await load({ asRoot: true })).toMatchObject({ file });
  });

  test.each([0o664, 0o646])('does not run a file of mode %o', async (mode) => {
    const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
    await chmod(file, mode);
    const words = asRootUser ? ['others can write to'] : ['belongs to uid'];
    expect(await load({ asRoot: true })).toEqual(refused(file, ...words, 'chmod go-w'));
    expect(await load({ file, asRoot: true })).toEqual(refused(file, ...words));
  });

  test.each(['js', 'mjs', 'cjs', 'ts'])(
    'does not run the .config/config.%s that cosmiconfig has for itself',
    async (ending) => {
      await put(`.config/config.${ending}`, "console.log('ran');\n");
      const file = await put(`image/${NAME}`, GOOD);
      expect(await load({ file }, directory)).toMatchObject({ file });
    },
  );

  test('does not run a file of somebody else', async () => {
    const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
    if (asRootUser) await chown(file, 23456, 23456);
    expect(await load({ asRoot: true })).toEqual(refused(file, `${file} belongs to uid`));
  });

  describe.skipIf(!asRootUser)(
    'does not run a file whose place others can give to another one',
    () => {
      test.each([
        ['others can write the directory', 0, 0o777, 'others can write to'],
        ['the directory is somebody else’s', 23456, 0o755, 'belongs to uid 23456'],
      ])('because %s', async (_, owner, mode, words) => {
        const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
        const place = join(directory, 'image');
        await chown(place, owner, owner);
        await chmod(place, mode);
        expect(await load({ asRoot: true })).toEqual(refused(file, words));
      });

      test('because a directory further up is somebody else’s', async () => {
        const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
        await chown(directory, 23456, 23456);
        expect(await load({ asRoot: true })).toEqual(refused(file, `(${directory} belongs to`));
      });

      test('because the link to it is in a place of somebody else', async () => {
        const file = await put(`own/${NAME}`, `console.log('ran');\n${GOOD}`);
        const link = await put(`theirs/${NAME}`, '');
        await rm(link);
        await symlink(file, link);
        const place = join(directory, 'theirs');
        await chown(place, 23456, 23456);
        expect(await load({ file: link, asRoot: true })).toEqual(refused(link, place));
      });

      test.each([
        ['relative', '../theirs/second'],
        ['of a directory', '../theirs/own/ci-runner.config.ts'],
      ])('because a link %s leads over one in a place of somebody else', async (_, target) => {
        const file = await put(`own/${NAME}`, `console.log('ran');\n${GOOD}`);
        const place = join(directory, 'theirs');
        await mkdir(place);
        await symlink(file, join(place, 'second'));
        await symlink(dirname(file), join(place, 'own'));
        await chown(place, 23456, 23456);
        const link = join(directory, 'own', `first-${NAME}`);
        await symlink(target, link);
        expect(await load({ file: link, asRoot: true })).toEqual(refused(link, place));
      });

      test('because the link to it is somebody else’s, in a directory like /tmp', async () => {
        const file = await put(`own/${NAME}`, `console.log('ran');\n${GOOD}`);
        const link = join(directory, 'shared', NAME);
        await mkdir(dirname(link));
        await symlink(file, link);
        await lchown(link, 23456, 23456);
        await chmod(dirname(link), 0o1777);
        expect(await load({ file: link, asRoot: true })).toEqual(refused(link, 'the link'));
      });
    },
  );

  test.skipIf(!asRootUser)('runs a file of root in a directory like /tmp', async () => {
    const file = await put(`image/${NAME}`, GOOD);
    await chmod(join(directory, 'image'), 0o1777);
    expect(await load({ asRoot: true })).toMatchObject({ file });
  });

  test.skipIf(!canRun([...READ_ONLY, '/mnt']))(
    'runs a file of a ConfigMap that Kubernetes has mounted',
    async () => {
      await put(`image/..2026_01_01/${NAME}`, GOOD);
      const image = join(directory, 'image');
      await symlink('..2026_01_01', join(image, '..data'));
      await symlink(`..data/${NAME}`, join(image, NAME));
      await chmod(image, 0o777);
      const readOnly = [...READ_ONLY, image];
      const loaded = await load({ file: join(image, NAME), asRoot: true }, '/', '', readOnly);
      expect(loaded).toMatchObject({ labels: ['a'] });
      expect(await load({ file: join(image, NAME), asRoot: true })).toEqual(
        refused(join(image, NAME), `others can write to ${image}`),
      );
    },
  );

  test.skipIf(!canRun(MAPPED))(
    'knows that a user namespace of one account has no other, whoever its directories belong to',
    async () => {
      const file = await put(`image/${NAME}`, GOOD);
      execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, directory]);
      expect(await load({ asRoot: true }, '/', '', MAPPED)).toMatchObject({ file });
    },
  );

  test.skipIf(!canRun(MAPPED))(
    'trusts nobody outside of a user namespace that root is in',
    async () => {
      const file = await put(`image/${NAME}`, GOOD);
      await chown(join(directory, 'image'), NOBODY, NOBODY);
      expect(await load({ asRoot: true }, '/', '', ['unshare', '--map-root-user'])).toEqual(
        refused(file, `${join(directory, 'image')} belongs to uid`),
      );
    },
  );
});
