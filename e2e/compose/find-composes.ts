import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '../../scripts/run-step.ts';
import { stockBaseImages } from '../base-images/stock-base-images.ts';
import { CLIENT, docker } from '../docker.ts';
import { tryProgram } from '../run-program.ts';

/** A Compose that can be called here. */
export interface Compose {
  readonly version: string;
  readonly command: readonly [string, ...string[]];
}

/** What {@link findComposes} takes. */
export interface FindOptions {
  /** The label of all that is made in the engine meanwhile. */
  readonly label: string;
  readonly tell: (line: string) => void;
}

/** As Debian installs its own, which is version 1 or 2 by its suite, and as a plugin of the client. */
const INSTALLED: readonly (readonly [string, ...string[]])[] = [
  ['/usr/bin/docker-compose'],
  [CLIENT, 'compose'],
];

/** Where a copy of version 2 is kept between runs. */
const COPY = join(ROOT, '.dev/compose/docker-compose');

const look = async (command: readonly [string, ...string[]]): Promise<Compose[]> => {
  const [program, ...words] = command;
  const { code, stdout } = await tryProgram([program, ...words, 'version', '--short']).catch(
    () => ({ code: 127, stdout: '' }),
  );
  return code === 0 ? [{ version: stdout.trim(), command }] : [];
};

const isSecond = ({ version }: Compose): boolean => /^v?(?:[2-9]|\d{2,})\./.test(version);

/** Takes the program alone out of the package: it needs nothing that an image has. */
const UNPACK = `
  cd /tmp && apt-get -qq update && apt-get -qq download docker-compose &&
  dpkg-deb --extract docker-compose_*.deb package &&
  find package -name docker-compose -type f -perm -u+x -exec mv {} program ';'`;

/** No mirror is waited for longer than this. */
const BRING_LIMIT_MS = 60_000;

/** Fetches version 2 from the Debian of the image's base, which is newer than that of many machines. */
const bring = async (label: string): Promise<void> => {
  const [base = ''] = await stockBaseImages();
  const id = await docker(['create', `--label=${label}`, base, 'sh', '-c', UNPACK]);
  const unfinished = `${COPY}.${label}`;
  await mkdir(dirname(COPY), { recursive: true });
  try {
    await docker(['start', '--attach', id], { signal: AbortSignal.timeout(BRING_LIMIT_MS) });
    await docker(['cp', `${id}:/tmp/program`, unfinished]);
    await rename(unfinished, COPY);
  } finally {
    await docker(['rm', '--force', id]);
    await rm(unfinished, { force: true });
  }
};

/**
 * The Composes that cases are run with. Where there is no version 2 it is brought, as the base images are; where that fails,
 * cases run with what there is.
 */
export const findComposes = async ({ label, tell }: FindOptions): Promise<Compose[]> => {
  const [own = [], plugin = []] = await Promise.all(INSTALLED.map(look));
  // Debian's newer package is both.
  const installed = own[0]?.version === plugin[0]?.version ? own : [...own, ...plugin];
  if (installed.some(isSecond)) return installed;
  const kept = await look([COPY]);
  if (kept.length > 0) return [...installed, ...kept];
  try {
    await bring(label);
    return [...installed, ...(await look([COPY]))];
  } catch (error) {
    tell(`Compose 2 is not tried, because it cannot be had: ${String(error)}`);
    return installed;
  }
};
