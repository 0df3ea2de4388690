import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { Machine } from '../machine.ts';
import type { Secret } from './encodings.ts';
import type { Finding } from './walk.ts';

/** Of the files of an actions-runner those that say more than its name and its addresses. */
const CREDENTIALS = '.credentials';
const KEY = '.credentials_rsaparams';

/** The modulus and the exponent are public. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'inverseQ'];

type Fields = Readonly<Record<string, unknown>>;

const readFields = async (path: string): Promise<Fields> =>
  JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, '')) as Fields;

/** In a JIT configuration names begin with a capital. */
const member = (fields: Fields, name: string): unknown =>
  Object.entries(fields).find(([key]) => key.toLowerCase() === name)?.[1];

const readFrom = async (folder: string): Promise<Secret[]> => {
  const key = await readFields(join(folder, KEY));
  const data = member(await readFields(join(folder, CREDENTIALS)), 'data') as Fields;
  return [
    ...PRIVATE.map((name) => ({ name: KEY, value: String(key[name]) })),
    { name: CREDENTIALS, value: String(member(data, 'clientid')) },
  ];
};

/** The private key and the client of the runners that are configured now, named after the files that hold them. */
export const readOwnCredentials = async ({ runnerDirectory }: Machine): Promise<Secret[]> => {
  const versions = join(runnerDirectory, 'versions');
  const folders = [
    runnerDirectory,
    ...(await readdir(versions).catch(() => [])).map((name) => join(versions, name)),
  ];
  return (
    await Promise.all(folders.map(async (folder) => readFrom(folder).catch(() => [])))
  ).flat();
};

/** The file that a place is, or leads to. */
const fileOf = ({ place }: Finding): string => place.replace(/^.* -> | \(deleted\)$/g, '');

/**
 * The exception: the Listener runs as guest and needs its credentials, which therefore lie in two files of the runner's
 * directory. They are there as the Listener reads them, and nowhere else.
 */
export const expectInTheirFilesOnly = (
  findings: readonly Finding[],
  { runnerDirectory }: Machine,
): void => {
  const stray = findings.filter((finding) => {
    const file = fileOf(finding);
    const isOwn = file.startsWith(`${runnerDirectory}/`) && basename(file) === finding.secret;
    return !isOwn || finding.encoding !== 'plain';
  });
  expect(stray).toEqual([]);
  expect(new Set(findings.map(({ secret }) => secret))).toEqual(new Set([CREDENTIALS, KEY]));
};
