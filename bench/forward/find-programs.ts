import { accessSync, constants } from 'node:fs';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where Debian's package of nginx's stream module puts it. */
export const NGINX_STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** What the bench needs, by the Debian package that has it. */
const NEEDED = {
  haproxy: 'haproxy',
  nginx: 'nginx',
  rinetd: 'rinetd',
  'redis-server': 'redis-server',
  'redis-benchmark': 'redis-tools',
  iperf3: 'iperf3',
  cc: 'gcc',
} as const;

/** A program of the bench. */
export type ProgramName = keyof typeof NEEDED;

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

/** The paths of all programs; when some are missing a line that names them and says how to get them instead. */
export const findPrograms = (): Readonly<Record<ProgramName, string>> | string => {
  const paths: Partial<Record<ProgramName, string>> = {};
  const missing = new Map(
    isThere(NGINX_STREAM) ? [] : [['nginx’s stream module', 'libnginx-mod-stream']],
  );
  for (const [name, debian] of Object.entries(NEEDED) as [ProgramName, string][]) {
    const path = DIRECTORIES.map((directory) => `${directory}/${name}`).find(isThere);
    if (path === undefined) missing.set(name, debian);
    else paths[name] = path;
  }
  if (missing.size === 0) return paths as Record<ProgramName, string>;
  const packages = [...missing.values(), ...(missing.has('cc') ? ['libc6-dev'] : [])];
  return `missing: ${[...missing.keys()].join(', ')}; get them as root: apt-get install --no-install-recommends ${packages.join(' ')}`;
};
