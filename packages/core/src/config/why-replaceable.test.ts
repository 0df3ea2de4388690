import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { whyReplaceable } from './why-replaceable.ts';

test('a path is gone as the kernel goes it, also back from where a link leads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-replaceable-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const theirs = join(directory, 'theirs');
  await mkdir(join(theirs, 'inner'), { recursive: true });
  await symlink(join(theirs, 'inner'), join(directory, 'link'));
  for (const place of [directory, theirs]) {
    await writeFile(join(place, 'file'), '', { mode: 0o644 });
  }
  await chmod(theirs, 0o777);
  const owner = process.getuid?.() ?? 0;
  expect(await whyReplaceable(`${directory}/link/../file`, owner)).toBe(
    `others can write to ${theirs}`,
  );
  expect(await whyReplaceable(`${directory}/theirs/../file`, owner)).toBeUndefined();
});
