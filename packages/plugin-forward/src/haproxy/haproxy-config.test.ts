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
  ports: [
    { port: 15_432, hosts: ['10.0.0.7'] },
    { port: 443, hosts: ['10.0.0.7', '10.0.0.8', 'fd00::7'] },
  ],
  addresses: ['127.0.0.1', '::1'],
  adminSocket: '/tmp/admin.sock',
};

describe('haproxyConfig', () => {
  it('binds every port on every address and leads to the same port of the target', () => {
    const config = haproxyConfig(SETTINGS);
    expect(config).toContain('  bind 127.0.0.1:15432\n  bind [::1]:15432 v6only\n');
    expect(config).toContain('  server host-0 10.0.0.7:15432 check\n');
    expect(config).toContain('  server host-0 10.0.0.7:443 check\n');
  });

  it('names the backups in their order, and the primary once more without a check', () => {
    const section = haproxyConfig(SETTINGS).split('listen tcp-443')[1] ?? '';
    expect(section.match(/server .*/g)).toEqual([
      'server host-0 10.0.0.7:443 check',
      'server host-1 10.0.0.8:443 check backup',
      'server host-2 [fd00::7]:443 check backup',
      'server last-resort 10.0.0.7:443 backup',
    ]);
  });

  it('sends nothing anywhere while a host has no address', () => {
    const servers = haproxyConfig({ ...SETTINGS, ports: [{ port: 80, hosts: [undefined] }] })
      .split('\n')
      .filter((line) => line.startsWith('  server'));
    expect(servers).toHaveLength(2);
    for (const server of servers) expect(server).toMatch(/ disabled$/);
  });

  it.skipIf(haproxy === undefined).each([
    ['addresses', SETTINGS],
    ['no address', { ...SETTINGS, ports: [{ port: 80, hosts: [undefined, undefined] }] }],
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
