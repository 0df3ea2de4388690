import { expect, it, onTestFinished } from 'vitest';
import { startGitHub } from '../src/index.ts';
import { rest } from './runner-client.ts';

/** An address of this machine that is not the one GitHub listens on by default. */
const otherAddress = '127.0.0.2';

async function freePort(): Promise<number> {
  const github = await startGitHub({ host: otherAddress });
  await github.close();
  return Number(new URL(github.url).port);
}

it('listens where it is told to, and nowhere else', async () => {
  const github = await startGitHub({ host: otherAddress });
  onTestFinished(() => github.close());
  expect(github.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
  expect((await rest(github, '')).status).toBe(200);
  await expect(fetch(github.url.replace(otherAddress, '127.0.0.1'))).rejects.toThrow(
    'fetch failed',
  );
});

it('gives addresses below the name that its clients know', async () => {
  const port = await freePort();
  const github = await startGitHub({ host: otherAddress, port, url: 'http://github:8080' });
  onTestFinished(() => github.close());
  expect(github.url).toBe('http://github:8080');
  const { body } = await rest({ ...github, url: `http://${otherAddress}:${port}` }, '/downloads');
  expect(body[0].download_url).toMatch('http://github:8080/actions/runner/releases/download/');
});

it('says when it cannot listen', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const { port } = new URL(github.url);
  await expect(startGitHub({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
});
