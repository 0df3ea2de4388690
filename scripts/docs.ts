import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatePages, REFERENCE } from './docs/generate-pages.ts';
import { runScript } from './run-script.ts';
import { ROOT } from './run-step.ts';

await runScript(async () => {
  const folder = join(ROOT, REFERENCE);
  const pages = await generatePages();
  await mkdir(folder, { recursive: true });
  for (const [name, text] of pages) await writeFile(join(folder, name), text);
  const stale = (await readdir(folder)).filter((name) => !pages.has(name));
  for (const name of stale) await rm(join(folder, name));
  console.log(`${REFERENCE}: ${[...pages.keys()].join(', ')}`);
  return 0;
});
