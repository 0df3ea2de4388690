import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { docker } from './docker.ts';
import { buildImage } from './image/build-image.ts';
import { findEngine } from './image/find-engine.ts';
import { removeAll } from './image/remove-all.ts';

/** What this run has in the engine. */
interface Engine {
  /** The tag of the stock image. */
  readonly image: string;
  /** A network of its own, which all containers join. */
  readonly network: string;
  /** This machine's address in that network. */
  readonly host: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** What this run is made with. */
    run: {
      /** In the label and in the names of all that this run makes in the engine. */
      readonly id: string;
      /** Undefined where there is no engine to be tested with. */
      readonly engine: Engine | undefined;
    };
  }
}

/** Builds the image that all cases start; what they leave in the engine, and the image, is removed after them. */
export const setup = async ({
  provide,
}: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const id = `ci-runner-e2e-${randomBytes(4).toString('hex')}`;
  const engine = await findEngine();
  if (!engine.usable) {
    console.log(`without Docker: ${engine.reason}`);
    provide('run', { id, engine: undefined });
    return undefined;
  }
  const image = `${id}:stock`;
  const started = performance.now();
  await buildImage({ tag: image, tell: (line) => console.log(line) });
  console.log(`the image is built: ${Math.round((performance.now() - started) / 1_000)} s`);
  await docker(['network', 'create', `--label=${id}`, id]);
  const gateway = '{{(index .IPAM.Config 0).Gateway}}';
  const host = await docker(['network', 'inspect', '--format', gateway, id]);
  provide('run', { id, engine: { image, network: id, host } });
  return async () => {
    await removeAll(id);
    await docker(['image', 'rm', '--force', image]);
  };
};
