// Guest runs a copy of this file: it imports nothing of ours, and nothing in it is a secret.
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** What the walker is to do, as JSON in its only argument. */
export interface Orders {
  readonly what: 'processes' | 'files';
  /** What changed before is not read, in milliseconds since the epoch. */
  readonly since: number;
  /** Folders whose files are read. Folders of theirs that did not change are not entered where `crowded`. */
  readonly roots: readonly { readonly path: string; readonly crowded: boolean }[];
  /** A file with more paths, one a line: folders need not be listable for what is in them to be read. */
  readonly names: string;
  /** Whether one pass is enough. */
  readonly once: boolean;
}

/** What the walker writes, a line of JSON each. */
export type Report =
  | {
      readonly place: string;
      /** The command line of the process, or the path once more. */
      readonly who: string;
      /** In base64. */
      readonly content: string;
    }
  | { readonly pass: number };

const LONGEST = 16 * 1024 * 1024;

const [, program = '', argument = ''] = process.argv;
const orders = JSON.parse(argument) as Orders;
const reported = new Set<string>();

const write = (report: Report): void => {
  const line = Buffer.from(`${JSON.stringify(report)}\n`);
  for (let at = 0; at < line.length;) at += writeSync(1, line, at);
};

const report = (place: string, who: string, content: Buffer): void => {
  const key = createHash('sha1').update(`${place}\0`).update(content).digest('base64');
  if (reported.has(key)) return;
  reported.add(key);
  write({ place, who, content: content.toString('base64') });
};

/** Most of a machine is closed to guest, and processes end while they are looked at. */
const tried = <Value>(look: () => Value): Value | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};

const seen = new Set<string>();

/** Reads a regular file that is new; anything else would be taken from those it is for. `path` may lead to an open file. */
const readFile = (path: string, place: string, who: string): void => {
  const fd = tried(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (fd === undefined) return;
  try {
    const { dev, ino, ctimeNs, size } = fstatSync(fd, { bigint: true });
    const version = `${place} ${dev} ${ino} ${ctimeNs} ${size}`;
    if (seen.has(version) || size > LONGEST) return;
    const content = readFileSync(fd);
    seen.add(version);
    report(place, who, content);
  } catch {
    // It has shrunk, or its file system is gone.
  } finally {
    closeSync(fd);
  }
};

const readPath = (path: string): void => {
  const status = tried(() => lstatSync(path));
  if (status === undefined || status.ctimeMs < orders.since) return;
  if (status.isFile()) readFile(path, path, path);
  const target = status.isSymbolicLink() ? tried(() => readlinkSync(path)) : undefined;
  if (target !== undefined) report(path, path, Buffer.from(target));
};

const walk = (folder: string, crowded: boolean): void => {
  for (const entry of tried(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) readPath(path);
    else if (!crowded || (tried(() => lstatSync(path).ctimeMs) ?? 0) >= orders.since) {
      walk(path, crowded);
    }
  }
};

const walkFiles = (): void => {
  for (const { path, crowded } of orders.roots) walk(path, crowded);
  const names = tried(() => readFileSync(orders.names, 'utf8')) ?? '';
  for (const path of names.split('\n')) if (path !== '') readPath(path);
};

const readOpenFiles = (folder: string, who: string): void => {
  for (const fd of tried(() => readdirSync(folder)) ?? []) {
    const path = join(folder, fd);
    const target = tried(() => readlinkSync(path)) ?? '';
    // To look at a pipe opens nothing; to open it would take what is in it.
    const status = tried(() => statSync(path));
    if (!status?.isFile() || status.ctimeMs < orders.since) continue;
    readFile(path, `${path} -> ${target}`, who);
  }
};

const readMappedFiles = (maps: string): void => {
  for (const [path] of maps.matchAll(/\/.*$/gm)) readPath(path);
};

const readProcess = (pid: string): void => {
  const folder = `/proc/${pid}`;
  const command = tried(() => readFileSync(`${folder}/cmdline`));
  if (command === undefined) return;
  const who = command.toString().replaceAll('\0', ' ').trim();
  report(`${folder}/cmdline`, who, command);
  const environment = tried(() => readFileSync(`${folder}/environ`));
  if (environment === undefined) return;
  report(`${folder}/environ`, who, environment);
  // What a walker has open is what it reports itself.
  if (!who.includes(program)) readOpenFiles(`${folder}/fd`, who);
  readMappedFiles(tried(() => readFileSync(`${folder}/maps`, 'utf8')) ?? '');
  for (const task of tried(() => readdirSync(`${folder}/task`)) ?? []) {
    for (const name of ['environ', 'cmdline']) {
      const path = `${folder}/task/${task}/${name}`;
      const content = task === pid ? undefined : tried(() => readFileSync(path));
      if (content !== undefined) report(path, who, content);
    }
  }
};

const walkProcesses = (): void => {
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) readProcess(name);
};

/** Leaves the machine's few cores to those that are looked at. */
const PAUSE_MS = { processes: 2, files: 20 };

const paused = new Int32Array(new SharedArrayBuffer(4));
const pass = orders.what === 'processes' ? walkProcesses : walkFiles;

for (let passes = 1; ; passes += 1) {
  pass();
  write({ pass: passes });
  if (orders.once) break;
  Atomics.wait(paused, 0, 0, PAUSE_MS[orders.what]);
}
