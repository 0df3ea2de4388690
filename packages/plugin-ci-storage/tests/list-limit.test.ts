import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '../src/processes/start-process.ts';
import { StorageError } from '../src/storage-error.ts';
import { createRsyncTransport, type RsyncStorage } from '../src/transport/rsync-transport.ts';
import { canRunSshd } from './sshd.ts';

/** How the listing of slots fails at a storage that is reached by this command line. */
const listingFailure = async (
  shell: ReturnType<RsyncStorage['shell']>,
  scriptLimitMs: number,
): Promise<unknown> =>
  createRsyncTransport({
    name: 'ssh',
    place: 'there',
    start: startProcess,
    connect: async () => {},
    shell: () => shell,
    address: (path) => path,
    rsyncArguments: [],
    scriptLimitMs,
  })
    .list('/mnt')
    .catch((error: unknown) => error);

test.skipIf(!(await canRunSshd()))('an ssh server that never greets is told as that', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  const args = ['-F', '/dev/null', '-o', 'LogLevel=ERROR', '-p', port, '127.0.0.1', 'true'];
  const failure = await listingFailure({ command: 'ssh', args }, 300);
  expect(failure).toBeInstanceOf(StorageError);
  expect(failure).toMatchObject({
    message: 'there did not list its slots within 0.3 s',
    cure: expect.stringContaining('look at the network') as string,
  });
});

test('a connection that ends without a word has a cause and a cure', async () => {
  const failure = await listingFailure({ command: 'sh', args: ['-c', 'exit 255'] }, 60_000);
  expect(failure).toMatchObject({
    message: 'there did not answer (sh: exit code 255)',
    cure: expect.stringContaining('log of the ssh server') as string,
  });
});
