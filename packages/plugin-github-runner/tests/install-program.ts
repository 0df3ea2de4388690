import process from 'node:process';
import { createUpdater } from '../src/updates/create-updater.ts';
import { withContext } from './with-context.ts';

/** Prepares an actions-runner as the boot does: `install-program.ts GUEST CACHE ROOT API TOKEN`. */
const [guest = '', cacheDir = '', root = '', api = '', token = ''] = process.argv.slice(2);

const list = async () => {
  const answer = await fetch(`${api}/repos/octo/app/actions/runners/downloads`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, headers: answer.headers, message: '', body: await answer.json() };
};

const updater = createUpdater({ enabled: true, root: () => root, list });
process.stdout.write(
  await withContext({ guest, cacheDir }, async (context) => updater.prepare(context)),
);
