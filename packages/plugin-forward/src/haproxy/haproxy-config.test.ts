import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findHaproxy } from './find-haproxy.ts';
import { haproxyConfig, type HaproxySettings } from './haproxy-config.ts';

const haproxy = await findHaproxy({});

const SETTINGS: HaproxySettings = {
  ports: [15_432, 443],
  addresses: ['127.0.0.1', '::1'],
  target: '10.0.0.7',
  adminSocket: '/tmp/admin.sock',
};

describe('haproxyConfig', () => {
  it('binds every port on every address and leads to the same port of the target', () => {
    const config = haproxyConfig(SETTINGS);
    expect(config).toContain('  bind 127.0.0.1:15432\n  bind [::1]:15432\n');
    expect(config).toContain('  server target 10.0.0.7:15432\n');
    expect(config).toContain('  server target 10.0.0.7:443\n');
  });

  it('sends nothing anywhere while the target has no address', () => {
    const servers = haproxyConfig({ ...SETTINGS, target: undefined })
      .split('\n')
      .filter((line) => line.includes('server target'));
    expect(servers).toHaveLength(2);
    for (const server of servers) expect(server).toMatch(/ disabled$/);
  });

  it.skipIf(haproxy === undefined).each([
    ['an address', SETTINGS],
    ['an IPv6 address', { ...SETTINGS, target: 'fd00::7' }],
    ['no address', { ...SETTINGS, target: undefined }],
    ['a change of user', { ...SETTINGS, dropTo: { uid: 65_534, gid: 65_534 } }],
  ])('is taken by haproxy without a warning, with %s', async (_case, settings) => {
    const directory = await mkdtemp(join(tmpdir(), 'haproxy-config-'));
    onTestFinished(async () => rm(directory, { recursive: true }));
    const path = join(directory, 'haproxy.cfg');
    await writeFile(path, haproxyConfig(settings));
    const { stdout, stderr } = await promisify(execFile)(haproxy ?? '', ['-c', '-f', path]);
    expect(stdout + stderr).not.toMatch(/WARNING|ALERT/);
  });
});
