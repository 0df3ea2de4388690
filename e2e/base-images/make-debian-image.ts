import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../docker.ts';
import { runProgram } from '../run-program.ts';
import {
  CERTIFICATES,
  readAptSettings,
  readCertificates,
  type AptSettings,
} from './apt-settings.ts';

/** What the slim images of Debian go without, and what a build would fetch again. */
const SURPLUS = [
  'usr/share/doc',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'var/cache/apt/archives',
  'var/cache/debconf',
  'var/lib/apt/lists',
  'var/log',
];

const SLIM = `path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
`;

/** Downloaded packages would stay in a layer. */
const KEEP_NOTHING = 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };\n';

const source = (uri: string, suites: string): string => `Types: deb
URIs: ${uri}
Suites: ${suites}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

const sourcesOf = (suite: string, { mirror, securityMirror }: AptSettings): string =>
  [
    ...(mirror === undefined ? [] : [source(mirror, `${suite} ${suite}-updates`)]),
    ...(securityMirror === undefined ? [] : [source(securityMirror, `${suite}-security`)]),
  ].join('\n');

const emptySurplus = async (root: string): Promise<void> => {
  for (const folder of SURPLUS) {
    const names = await readdir(join(root, folder)).catch(() => []);
    for (const name of names) await rm(join(root, folder, name), { recursive: true });
  }
};

const configure = async (root: string, suite: string, settings: AptSettings): Promise<void> => {
  const sources = sourcesOf(suite, settings);
  if (sources !== '') {
    await rm(join(root, 'etc/apt/sources.list'), { force: true });
    await writeFile(join(root, 'etc/apt/sources.list.d/debian.sources'), sources);
  }
  await writeFile(join(root, 'etc/apt/apt.conf.d/machine'), `${settings.configuration}\n`);
  await writeFile(join(root, 'etc/apt/apt.conf.d/slim'), KEEP_NOTHING);
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/slim'), SLIM);
  // A service cannot be started in a build.
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const certificates = await readCertificates();
  if (certificates === undefined) return;
  // The package ca-certificates writes its own file in this place.
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, CERTIFICATES), certificates);
};

/** Makes a slim image of a Debian suite with debootstrap. Takes root. */
export const makeDebianImage = async (
  { name, suite }: { name: string; suite: string },
  signal?: AbortSignal,
): Promise<void> => {
  const settings = await readAptSettings();
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-base-'));
  const root = join(directory, 'root');
  const archive = join(directory, 'root.tar');
  try {
    const mirror = settings.mirror === undefined ? [] : [settings.mirror];
    await runProgram(['debootstrap', '--variant=minbase', suite, root, ...mirror], { signal });
    await configure(root, suite, settings);
    await emptySurplus(root);
    await runProgram(['tar', '--numeric-owner', '--xattrs', '-C', root, '-cf', archive, '.'], {
      signal,
    });
    await docker(['import', '--change', 'CMD ["bash"]', archive, name], { signal });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
