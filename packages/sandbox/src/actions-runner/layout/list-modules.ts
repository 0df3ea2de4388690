import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

// Every form of import and export that names a relative module, whatever a formatter or a bundler makes of it.
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/** The paths of `entries` and of all modules that they import by a relative specifier. */
export async function listModules(entries: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    found.add(path);
    const source = await readFile(path, 'utf8');
    for (const [, specifier = ''] of source.matchAll(RELATIVE_IMPORT)) {
      await visit(join(path, '..', specifier));
    }
  };
  for (const entry of entries) await visit(entry);
  return [...found];
}
