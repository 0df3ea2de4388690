import * as z from 'zod';

/** What can be set in the configuration file. */
export interface CiStorageOptions {
  /**
   * The storage's directory, an absolute path there. When it is given and CI_STORAGE_HOST is not set, it is a directory
   * of this machine. Overridden by CI_STORAGE_DIR.
   *
   * @default '/mnt'
   */
  storageDir?: string | undefined;
  /** Whether a storage that cannot be used ends the boot, instead of letting the runner start cold. @default false */
  required?: boolean | undefined;
  /** How long to wait until the storage host answers, in seconds; anew after each break of the connection. @default 30 */
  connectSeconds?: number | undefined;
  /**
   * Patterns as rsync has them, such as `*.log`: what they match is neither loaded nor removed by a load. Where nothing is
   * loaded the workspace is emptied of it too.
   *
   * @default []
   */
  exclude?: string[] | undefined;
  /** Lets jobs run `sudo ci-storage` for directories of other owners. @default off */
  sudo?: SudoOptions | undefined;
}

/** For which directories jobs may run `sudo ci-storage`, and so with whose rights. */
export interface SudoOptions {
  /**
   * Absolute paths, as jobs write them after `--local-dir=`. A job gets the rights of each directory's owner, who is any account but
   * root: name directories whose owners have nothing else to protect. They must exist when the entrypoints of root have run.
   */
  directories: string[];
  /** The command, by the path after `sudo` in jobs; root alone can write to it. @default '/usr/bin/ci-storage' */
  command?: string | undefined;
}

const SUDO_COMMAND = '/usr/bin/ci-storage';

/** A path of the storage. */
export const directory: z.ZodString = z
  .string()
  .startsWith('/', 'takes an absolute path, such as /mnt');

/** Without characters that mean something to sudo. */
const plainPath = z
  .string()
  .regex(
    /^(?:\/(?!\.{1,2}(?:\/|$))[\w.@+-]+)+$/,
    'takes an absolute path of letters, digits and _.@+-, without a / at its end',
  );

/** To rsync these are no patterns but rules: to include, and to forget all patterns. */
const PATTERN = /^(?![+-] |!)[^\n\r\0]+$/;

/** The same, as the plugin works with it. */
export interface ReadOptions extends Omit<CiStorageOptions, 'sudo'> {
  sudo?: { directories: string[]; command: string } | undefined;
}

/** Judges what is written in the configuration file. */
export const options: z.ZodType<ReadOptions | undefined, CiStorageOptions | undefined> = z
  .strictObject({
    storageDir: directory.optional(),
    required: z.boolean('takes true or false').optional(),
    connectSeconds: z.number('takes a number of seconds').positive('takes more than 0').optional(),
    exclude: z
      .array(
        z
          .string('takes patterns as rsync has them, such as *.log')
          .regex(PATTERN, 'takes patterns of one line, without a leading "+ ", "- " or "!"'),
        'takes a list of patterns, such as ["*.log"]',
      )
      .optional(),
    sudo: z
      .strictObject({
        directories: z
          .array(plainPath, 'takes a list of directories, such as ["/var/lib/app"]')
          .min(1, 'takes at least one directory'),
        command: plainPath.default(SUDO_COMMAND),
      })
      .optional(),
  })
  .optional();
