import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { makePlace } from './supervised.ts';

const statusOf = (stdout: string): unknown => JSON.parse(stdout);

test('a runner is seen booting, serving and draining, healthy all the while, and a drain ends it with 0', async () => {
  const place = await makePlace();
  const { finished } = place.start();
  await place.reaches('prepare workspace');
  const booting = await place.run('status', '--json');
  expect(booting.code).toBe(0);
  expect(statusOf(booting.stdout)).toMatchObject({ healthy: true, registration: null });

  await place.touch('booted');
  await place.reaches('serve');
  const serving = await place.run('status', '--json');
  expect({ code: serving.code, stderr: serving.stderr }).toEqual({ code: 0, stderr: '' });
  expect(statusOf(serving.stdout)).toMatchObject({
    healthy: true,
    phase: 'serve',
    registration: { id: 7, name: 'octo-1', labels: ['linux', 'x64'] },
    job: null,
    draining: null,
    plugins: { 'stand-in': { items: [{ name: 'listener', healthy: true, facts: { tries: 3 } }] } },
  });

  const begun = await place.run('drain', '--reason', 'the node\nis replaced');
  expect(begun).toMatchObject({ code: 0, stdout: 'The drain has begun.\n', stderr: '' });
  const again = await place.run('drain');
  expect(again).toMatchObject({
    code: 0,
    stdout: 'It was draining already; nothing has changed.\n',
  });
  await place.reaches('drain');
  const draining = await place.run('status', '--json');
  expect(draining.code).toBe(0);
  expect(statusOf(draining.stdout)).toMatchObject({
    draining: { reason: 'the node is replaced', at: expect.any(Number) as number },
  });

  await place.touch('drained');
  const { code, stdout } = await finished;
  expect(code).toBe(0);
  expect(stdout).toContain('draining: the node is replaced\n');
  expect(stdout).toContain('already draining; ci-runner drain changes nothing\n');
  expect(existsSync(dirname(place.socket))).toBe(false);
});

test('a person gets a line for each thing, without what steers the terminal', async () => {
  const place = await makePlace();
  place.start();
  await place.touch('booted');
  await place.reaches('serve');
  await place.run('drain');
  await place.reaches('drain');
  const { code, stdout } = await place.run('status');
  expect(code).toBe(0);
  const lines = stdout.replaceAll(/for (?:\d+ (?:s|min) ?)+/g, 'for a while').split('\n');
  expect(lines).toEqual([
    'supervisor  healthy, for a while',
    'phase       drain, for a while',
    'runner      octo-1, id 7, labels linux, x64',
    'job         none',
    'drain       ci-runner drain, for a while',
    'stand-in    listener is healthy, mood: fine [31m, tries: 3',
    '',
  ]);
});

test('an unhealthy item makes it exit with 1', async () => {
  const place = await makePlace();
  place.start();
  await place.touch('sick');
  await place.touch('booted');
  await place.reaches('serve');
  const forProgram = await place.run('status', '--json');
  expect(forProgram.code).toBe(1);
  expect(statusOf(forProgram.stdout)).toMatchObject({ healthy: false });
  const forPerson = await place.run('status');
  expect(forPerson.code).toBe(1);
  expect(forPerson.stdout).toMatch(/^supervisor +NOT healthy, /);
  expect(forPerson.stdout).toMatch(/^stand-in +listener is NOT healthy, /m);
});

test('a reason that cannot be told is refused, and nothing drains', async () => {
  const place = await makePlace();
  place.start();
  await place.touch('booted');
  await place.reaches('serve');
  for (const reason of [' ', 'x'.repeat(501), 'x'.repeat(20_000)]) {
    const { code, stderr } = await place.run('drain', '--reason', reason);
    expect(code).toBe(64);
    expect(stderr).toMatch(/takes a (?:text|body)/);
  }
  expect(statusOf((await place.run('status', '--json')).stdout)).toMatchObject({ draining: null });
});

const ask = async (
  socketPath: string,
  method: string,
  path: string,
  text?: string,
): Promise<[number | undefined, unknown]> => {
  const asking = request({ socketPath, method, path, agent: false });
  asking.end(text);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks = await response.toArray();
  return [response.statusCode, JSON.parse(chunks.join(''))];
};

test('any client of HTTP is answered, with the health as the status', async () => {
  const place = await makePlace();
  const { finished } = place.start();
  await place.touch('booted');
  await place.reaches('serve');
  expect((await ask(place.socket, 'GET', '/status'))[0]).toBe(200);
  await place.touch('sick');
  expect((await ask(place.socket, 'GET', '/status'))[0]).toBe(503);
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/drain'],
    ['POST', '/status'],
  ] as const) {
    expect((await ask(place.socket, method, path))[0]).toBe(404);
  }
  for (const text of ['{', '[]x', '{"reason":7}', 'null']) {
    expect((await ask(place.socket, 'POST', '/drain', text))[0]).toBe(400);
  }
  expect(await ask(place.socket, 'POST', '/drain')).toEqual([200, { began: true }]);
  await place.touch('drained');
  expect((await finished).code).toBe(0);
});

test('the socket and its directory are the supervisor’s own', async () => {
  const place = await makePlace();
  place.start();
  await place.reaches('prepare workspace');
  const modes = await Promise.all(
    [dirname(place.socket), place.socket].map(async (path) => (await stat(path)).mode & 0o777),
  );
  expect(modes).toEqual([0o700, 0o600]);
});
