import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArchiveDirectory } from '../src/updates/archive-directory.ts';
import { obtainArchive } from '../src/updates/obtain-archive.ts';
import { makeLightMachine, offerRelease, type LightMachine } from './light-machine.ts';
import { isRoot } from './machine.ts';
import { DAY_MS, sha256Of } from './releases.ts';
import { withContext } from './with-context.ts';

interface Stand {
  readonly machine: LightMachine;
  /** Where archives are kept. */
  readonly directory: string;
  readonly file: string;
  readonly downloads: () => number;
  /** Obtains the archive that GitHub offers, whatever is in its place; answers what was logged. */
  readonly obtain: () => Promise<string>;
}

const startStand = async (): Promise<Stand> => {
  const machine = await makeLightMachine();
  const { release, downloads } = await offerRelease();
  const directory = join(machine.cacheDir, 'actions-runner');
  return {
    machine,
    directory,
    file: join(directory, release.filename),
    downloads,
    obtain: async () =>
      withContext(machine, async (context) => {
        const opened = await openArchiveDirectory(context);
        const manner = { signal: context.signal, stallMs: 30_000 };
        await using archive = await obtainArchive(opened, release, context, manner);
        expect(sha256Of(await archive.readFile())).toBe(release.sha256);
        await opened.close();
      }),
  };
};

it('keeps what was downloaded, out of the reach of guest', async () => {
  const { obtain, downloads, directory, file } = await startStand();
  await obtain();
  expect(await obtain()).toContain('comes from the cache');
  expect(downloads()).toBe(1);
  expect(await readdir(directory)).toHaveLength(1);
  for (const path of [directory, file]) {
    const { uid, mode } = await stat(path);
    expect(uid).toBe(process.getuid?.());
    expect(mode & 0o022).toBe(0);
  }
});

it('refuses a kept archive of other bytes, and downloads it again', async () => {
  const { obtain, downloads, file } = await startStand();
  await obtain();
  const bytes = await readFile(file);
  await writeFile(file, bytes.fill(0, 20, 21));
  expect(await obtain()).toContain('does not have the SHA-256 that GitHub announced');
  expect(downloads()).toBe(2);
  expect(await obtain()).toContain('comes from the cache');
});

it('refuses half an archive', async () => {
  const { obtain, downloads, file } = await startStand();
  await obtain();
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length / 2));
  await obtain();
  expect(downloads()).toBe(2);
});

it('removes other releases and dead downloads, and nothing else', async () => {
  const { obtain, directory, file } = await startStand();
  await mkdir(directory);
  const other = file.replace('2.336.0', '2.335.0');
  const [dead, live, foreign] = ['dead.part', 'live.part', 'notes.txt'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  for (const path of [other, dead, live, foreign]) await writeFile(path, '');
  const before = (Date.now() - 2 * DAY_MS) / 1_000;
  await utimes(dead, before, before);
  await obtain();
  expect((await readdir(directory)).map((name) => join(directory, name)).toSorted()).toEqual(
    [file, live, foreign].toSorted(),
  );
});

describe.runIf(isRoot)('what guest puts in its place', () => {
  it('as a directory is removed', async () => {
    const { obtain, downloads, machine, directory, file } = await startStand();
    await obtain();
    const evil = await readFile(file);
    await rename(directory, `${directory}.away`);
    await mkdir(directory);
    await writeFile(file, evil);
    for (const path of [directory, file]) await chown(path, machine.uid, machine.uid);
    expect(await obtain()).toContain("is not a directory of the supervisor's own");
    expect(downloads()).toBe(2);
    expect((await stat(file)).uid).toBe(0);
  });

  it('as a link is not followed', async () => {
    const { obtain, directory, machine, file } = await startStand();
    const elsewhere = join(machine.folder, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, directory);
    await obtain();
    expect(await readdir(elsewhere)).toEqual([]);
    expect((await stat(file)).uid).toBe(0);
  });

  it('as a file of its own is refused, though its bytes are right', async () => {
    const { obtain, downloads, machine, file } = await startStand();
    await obtain();
    await chown(file, machine.uid, machine.uid);
    expect(await obtain()).toContain('could be written by others');
    expect(downloads()).toBe(2);
  });

  it('as a file that it may write is refused, though its bytes are right', async () => {
    const { obtain, downloads, file } = await startStand();
    await obtain();
    await chmod(file, 0o666);
    await obtain();
    expect(downloads()).toBe(2);
  });

  it('and cannot remove costs the cache, not the runner', async () => {
    const { obtain, downloads, directory, machine } = await startStand();
    // A file of another account in a directory that guest cannot change.
    await chown(machine.cacheDir, 0, 0);
    await writeFile(directory, '');
    expect(await obtain()).toContain('downloaded for this container alone');
    expect(downloads()).toBe(1);
  });
});
