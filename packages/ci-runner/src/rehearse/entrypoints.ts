import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where scripts of derived images are. */
const IMAGE_DIRECTORIES = { root: '/root', guest: '/home/guest' };

/** The entrypoints of a rehearsal. */
export interface RehearsalEntrypoints {
  /** How many of the rehearsal's own scripts must run. */
  readonly count: number;
  readonly environment: Readonly<Record<string, string>>;
}

const hasScripts = async (directory: string): Promise<boolean> => {
  const names = await readdir(directory).catch(() => []);
  return names.some((name) => /^entrypoint\..+\.(?:sh|ts|mts|js|mjs)$/.test(name));
};

const writeScript = async (directory: string, name: string, text: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  await writeFile(join(directory, name), text);
  await chmod(join(directory, name), 0o644);
};

const locate = (root: string, guest: string): Record<string, string> => ({
  CI_RUNNER_ROOT_ENTRYPOINTS: root,
  CI_RUNNER_GUEST_ENTRYPOINTS: guest,
});

/** Writes a script for each of the two users, unless the user's own scripts are to be rehearsed and there are some. */
export const writeEntrypoints = async (options: {
  readonly directory: string;
  readonly ownUserScripts: boolean;
  readonly bash: string | undefined;
}): Promise<RehearsalEntrypoints> => {
  const { root, guest } = IMAGE_DIRECTORIES;
  if (options.ownUserScripts && ((await hasScripts(root)) || (await hasScripts(guest)))) {
    return { count: 0, environment: locate(root, guest) };
  }
  const scripts = {
    root: join(options.directory, 'entrypoints', 'root'),
    guest: join(options.directory, 'entrypoints', 'guest'),
  };
  await mkdir(scripts.root, { recursive: true });
  await mkdir(scripts.guest, { recursive: true });
  const environment = locate(scripts.root, scripts.guest);
  if (options.bash === undefined) return { count: 0, environment };
  await writeScript(scripts.root, 'entrypoint.10-rehearsal.sh', 'export REHEARSAL_ROOT=root\n');
  await writeScript(
    scripts.guest,
    'entrypoint.10-rehearsal.sh',
    '[ "$REHEARSAL_ROOT" = root ]\nexport REHEARSAL_GUEST=guest\n',
  );
  return { count: 2, environment };
};
