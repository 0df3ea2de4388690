import { access, constants, copyFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError, describeError } from '@ci-runner/core';
import type { RehearsalReport } from '../rehearse/report.ts';
import { renderPage } from './render-page.ts';

/** In a rehearsal's own directory: inside its namespaces other places may not be those of outside. */
const PAGE = 'report.html';

/** Writes the page into the rehearsal's directory. */
export const writePage = async (
  directory: string,
  report: RehearsalReport,
  config: string | undefined,
): Promise<void> => writeFile(join(directory, PAGE), renderPage(report, config));

/** Copies the page to where the user wants it. Does nothing when the rehearsal did not come to one. */
export const deliverPage = async (directory: string, target: string): Promise<boolean> => {
  const page = join(directory, PAGE);
  const exists = await access(page).then(
    () => true,
    () => false,
  );
  if (exists) await copyFile(page, target);
  return exists;
};

const whyUnwritable = async (path: string): Promise<string | undefined> => {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return 'it is a directory';
    await access(found ? path : dirname(path), constants.W_OK);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
};

/**
 * The absolute path of the file that the option --report names.
 *
 * @throws ConfigurationError when it cannot be written, before anybody waits for a rehearsal.
 */
export const checkTarget = async (file: string, workingDirectory: string): Promise<string> => {
  const target = resolve(workingDirectory, file);
  const why = await whyUnwritable(target);
  if (why === undefined) return target;
  const expected = `takes a file that can be written, in a directory that exists (${why})`;
  throw new ConfigurationError([{ name: 'option --report', got: file, expected }]);
};
