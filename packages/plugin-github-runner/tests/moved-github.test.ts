import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startRig } from './rig.ts';

/** Starts a server of another origin that redirects everything to `target`, as one of HTTP does to that of HTTPS. */
const redirectTo = async (target: string): Promise<string> => {
  const server = createServer(({ url = '' }, response) => {
    response.writeHead(301, { location: target + url, 'content-type': 'text/html' });
    response.end('<html>301 Moved Permanently</html>');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

it.each(['GH_TOKEN', 'GH_APP_ID'])(
  'a GitHub that has moved to another origin does not get what %s gives, and its address is told',
  async (kind) => {
    const variables: Record<string, string> = {};
    const { ended, github } = await startRig({
      variables,
      prepare: async (_machine, embedded) => {
        variables['GH_HOST'] = await redirectTo(embedded.url);
        if (kind === 'GH_TOKEN') return;
        const app = embedded.createApp([{ account: 'octo' }]);
        variables['GH_TOKEN'] = '';
        variables['GH_APP_ID'] = String(app.id);
        variables['GH_APP_PRIVATE_KEY'] = app.privateKey.replaceAll('\n', String.raw`\n`);
      },
    });
    const { exitCode, error } = await ended;
    expect(error?.message).toContain('GH_HOST: takes GitHub');
    expect(error?.message).toContain(
      `a redirect to ${github.url}: set GH_HOST=${github.url} if that is your GitHub`,
    );
    expect(exitCode).toBe(78);
    expect(github.requests).toEqual([]);
  },
);
