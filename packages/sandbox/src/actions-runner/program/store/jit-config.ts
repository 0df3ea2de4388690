import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['.runner', '.credentials', '.credentials_rsaparams'];

/**
 * Writes the files of a JIT configuration into the runner's root, over what is there.
 *
 * @throws Error when it is not base64 of a JSON object.
 */
export function writeJitConfig(root: string, encoded: string): void {
  const files = JSON.parse(Buffer.from(encoded, 'base64').toString()) as Record<string, string>;
  for (const name of FILES) {
    const content = files[name];
    if (content === undefined) continue;
    const path = join(root, name);
    writeFileSync(path, Buffer.from(content, 'base64'), { mode: 0o600 });
    // `mode` only counts for a new file.
    chmodSync(path, 0o600);
  }
}
