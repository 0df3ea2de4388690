import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findScripts } from '@ci-runner/plugin-entrypoints';

/** The entrypoints of a rehearsal. */
export interface RehearsalEntrypoints {
  /** How many scripts must run. */
  readonly count: number;
  /** Whether they are the rehearsal's own, which export variables. */
  readonly own: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

interface Places {
  readonly root?: string | undefined;
  readonly guest?: string | undefined;
}

/** Where to look, and where to write. */
export interface EntrypointOptions {
  /** The rehearsal's directory. */
  readonly directory: string;
  /** Where the user says that scripts are. */
  readonly given: Places;
  /** Where scripts are unless the user says so; left out where none of the user's are to run. */
  readonly defaults: Places;
  /** Whether bash is there to run the rehearsal's own, and a plugin to start it. */
  readonly runnable: boolean;
}

const countScripts = async (directory: string | undefined): Promise<number> =>
  directory === undefined ? 0 : (await findScripts(directory)).length;

const writeScript = async (directory: string, text: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const file = join(directory, 'entrypoint.10-rehearsal.sh');
  await writeFile(file, text);
  await chmod(file, 0o644);
};

/** Writes a script for each of the two users, unless the user has scripts: then those are rehearsed. */
export const prepareEntrypoints = async (
  options: EntrypointOptions,
): Promise<RehearsalEntrypoints> => {
  const { given, defaults } = options;
  const count =
    (await countScripts(given.root ?? defaults.root)) +
    (await countScripts(given.guest ?? defaults.guest));
  if (count > 0) return { count, own: false, environment: {} };
  const root = join(options.directory, 'entrypoints', 'root');
  const guest = join(options.directory, 'entrypoints', 'guest');
  const environment = { CI_RUNNER_ROOT_ENTRYPOINTS: root, CI_RUNNER_GUEST_ENTRYPOINTS: guest };
  // The directories need not exist.
  if (!options.runnable) return { count: 0, own: false, environment };
  await writeScript(root, 'export REHEARSAL_ROOT=root\n');
  await writeScript(guest, '[ "$REHEARSAL_ROOT" = root ]\nexport REHEARSAL_GUEST=guest\n');
  return { count: 2, own: true, environment };
};
