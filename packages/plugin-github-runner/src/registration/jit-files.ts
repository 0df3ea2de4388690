import { RunnerError } from '@ci-runner/core';
import * as z from 'zod';

/** A file of the actions-runner's directory. */
export interface RunnerFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Whatever else GitHub may send is not needed to run, and must not be written by us. */
const FILES = ['.runner', '.credentials', '.credentials_rsaparams'] as const;

const filesSchema = z.object({
  '.runner': z.base64(),
  '.credentials': z.base64(),
  '.credentials_rsaparams': z.base64(),
});
const settingsSchema = z.record(z.string(), z.unknown());

const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString().replace(/^\uFEFF/, ''));

/** GitHub writes these names in Pascal case and all values as strings, config.sh writes them otherwise. */
const withSettings = (content: Buffer, changes: Readonly<Record<string, string>>): Buffer => {
  const settings = settingsSchema.parse(parse(content));
  const changed = Object.keys(changes).map((name) => name.toLowerCase());
  const kept = Object.entries(settings).filter(([name]) => !changed.includes(name.toLowerCase()));
  return Buffer.from(JSON.stringify({ ...Object.fromEntries(kept), ...changes }, undefined, 2));
};

/**
 * The files in a JIT configuration (actions/runner, Runner.cs): base64 of JSON, of the files in base64. The work directory
 * and the updates are ours: the call that makes the configuration has no word for an absolute path.
 *
 * @throws RunnerError PROCESS_FAILED when it is no JIT configuration; nothing of it is shown.
 */
export const decodeJitConfig = (encoded: string, workDir: string): readonly RunnerFile[] => {
  try {
    const files = filesSchema.parse(parse(Buffer.from(encoded, 'base64')));
    return FILES.map((name) => {
      const content = Buffer.from(files[name], 'base64');
      const changes = { WorkFolder: workDir, DisableUpdate: 'True' };
      return { name, content: name === '.runner' ? withSettings(content, changes) : content };
    });
  } catch {
    throw new RunnerError('PROCESS_FAILED', 'GitHub sent a JIT configuration that is none');
  }
};
