import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureBaseImages } from './base-images/ensure-base-images.ts';
import { stockBaseImages } from './base-images/stock-base-images.ts';
import { findComposes, type Compose } from './compose/find-composes.ts';
import { docker } from './docker.ts';
import { buildImage } from './image/build-image.ts';
import { findEngine } from './image/find-engine.ts';
import { clearEndedRuns } from './run/clear-ended-runs.ts';
import { openRecord } from './run/run-record.ts';
import { startSweeper } from './run/start-sweeper.ts';

/** What this run has in the engine. */
interface Engine {
  /** The tag of the stock image. */
  readonly image: string;
  /** A network of its own, which all containers join. */
  readonly network: string;
  /** This machine's address in that network. */
  readonly host: string;
  /** What projects are tried with; none where there is none. */
  readonly composes: readonly Compose[];
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** What this run is made with. */
    run: {
      /** In the label and in the names of all that this run makes in the engine. */
      readonly id: string;
      /** All of its files are there: cases find it as TMPDIR. */
      readonly directory: string;
      /** Undefined where there is no engine to be tested with. */
      readonly engine: Engine | undefined;
    };
  }
}

const tell = (line: string): void => console.log(line);

const prepareEngine = async (id: string): Promise<Engine> => {
  await ensureBaseImages(await stockBaseImages(), { tell });
  // Before anything of this run is there: without a record it would be nobody's.
  await openRecord(id);
  await clearEndedRuns(tell);
  const image = `${id}:stock`;
  const started = performance.now();
  await buildImage({ tag: image });
  tell(`the image is built: ${Math.round((performance.now() - started) / 1_000)} s`);
  await docker(['network', 'create', `--label=${id}`, id]);
  const gateway = '{{(index .IPAM.Config 0).Gateway}}';
  const host = await docker(['network', 'inspect', '--format', gateway, id]);
  const composes = await findComposes({ label: id, tell });
  tell(`Compose: ${composes.map(({ version }) => version).join(', ')}`);
  return { image, network: id, host, composes };
};

/** Guest's processes have files in it as well. */
const makeDirectory = async (id: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), `${id}-`));
  await chmod(directory, 0o755);
  process.env['TMPDIR'] = directory;
  return directory;
};

/** Builds the image that all cases start; what they leave, and the image, is removed after them. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const found = await findEngine();
  if (!found.usable) tell(`without Docker: ${found.reason}`);
  const id = `ci-runner-e2e-${randomBytes(4).toString('hex')}`;
  const directory = await makeDirectory(id);
  const sweep = startSweeper({ id, directory, hasEngine: found.usable });
  try {
    const engine = found.usable ? await prepareEngine(id) : undefined;
    provide('run', { id, directory, engine });
  } catch (error) {
    await sweep();
    throw error;
  }
  return sweep;
};
