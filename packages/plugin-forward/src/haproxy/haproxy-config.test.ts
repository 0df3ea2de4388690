import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findHaproxy } from './find-haproxy.ts';
import { haproxyConfig, type HaproxySettings } from './haproxy-config.ts';
import { serversOf } from './servers.ts';

const haproxy = await findHaproxy({});

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '10.0.0.7': ['10.0.0.7'],
  'fd00::7': ['fd00::7'],
  db: ['10.0.0.8', 'fd00::8'],
};

const port = (number: number, ...hosts: string[]): HaproxySettings['ports'][number] => ({
  port: number,
  servers: serversOf({ hosts }, { addressesOf: (host) => KNOWN[host] ?? [] }),
});

const SETTINGS: HaproxySettings = {
  ports: [port(15_432, '10.0.0.7'), port(443, '10.0.0.7', 'db', 'fd00::7')],
  addresses: ['127.0.0.1', '::1'],
  adminSocket: '/tmp/admin.sock',
};

const serversIn = (config: string): string[] => config.match(/(?<=^ {2})server .*/gm) ?? [];

describe('haproxyConfig', () => {
  it('binds every port on every address and leads to the same port of the target', () => {
    const config = haproxyConfig(SETTINGS);
    expect(config).toContain('  bind 127.0.0.1:15432\n  bind [::1]:15432 v6only\n');
    expect(config).toContain('  server host-0-0 10.0.0.7:15432 check\n');
    expect(config).toContain('  server host-0-0 10.0.0.7:443 check\n');
  });

  it('names the backups in their order with all their addresses, and the primary once more without a check', () => {
    expect(serversIn(haproxyConfig(SETTINGS).split('listen tcp-443')[1] ?? '')).toEqual([
      'server host-0-0 10.0.0.7:443 check',
      'server host-1-0 10.0.0.8:443 check backup',
      'server host-1-1 [fd00::8]:443 check backup',
      'server host-1-2 192.0.2.1:443 check backup disabled',
      'server host-1-3 192.0.2.1:443 check backup disabled',
      'server host-2-0 [fd00::7]:443 check backup',
      'server last-resort 10.0.0.7:443 backup',
    ]);
  });

  it('checks a host that nothing stands in for as good as never while it answers', () => {
    const [alone, several] = haproxyConfig(SETTINGS).split('listen tcp-').slice(1);
    expect(alone).toContain('  default-server inter 20d\n');
    expect(several).not.toContain('inter');
  });

  it('sends nothing anywhere while a host has no address', () => {
    const servers = serversIn(haproxyConfig({ ...SETTINGS, ports: [port(80, 'unknown')] }));
    expect(servers).toHaveLength(5);
    for (const server of servers) expect(server).toMatch(/ disabled$/);
  });

  it.skipIf(haproxy === undefined).each([
    ['addresses', SETTINGS],
    ['no address', { ...SETTINGS, ports: [port(80, 'unknown', 'unknown-too')] }],
  ])('is taken by haproxy without a warning, with %s', async (_case, settings) => {
    const directory = await mkdtemp(join(tmpdir(), 'haproxy-config-'));
    onTestFinished(async () => rm(directory, { recursive: true }));
    const path = join(directory, 'haproxy.cfg');
    await writeFile(path, haproxyConfig(settings));
    const { stdout, stderr } = await promisify(execFile)(haproxy ?? '', ['-c', '-f', path]);
    expect(stdout + stderr).not.toMatch(/WARNING|ALERT/);
  });
});
