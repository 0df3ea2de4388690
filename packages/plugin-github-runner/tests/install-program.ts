import process from 'node:process';
import { httpRequest } from '@ci-runner/core';
import { createUpdater } from '../src/updates/create-updater.ts';
import { withContext } from './with-context.ts';

/** Prepares an actions-runner as the boot does: `install-program.ts GUEST CACHE ROOT API TOKEN`. */
const [guest = '', cacheDir = '', root = '', api = '', token = ''] = process.argv.slice(2);

const list = async () => {
  const { status, headers, body } = await httpRequest(
    `${api}/repos/octo/app/actions/runners/downloads`,
    { headers: { authorization: `Bearer ${token}` } },
  );
  return { status, headers, message: '', body: JSON.parse(body) as unknown };
};

const updater = createUpdater({ enabled: true, root: () => root, list });
process.stdout.write(
  await withContext({ guest, cacheDir }, async (context) => updater.prepare(context)),
);
