import { createHash } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import * as fc from 'fast-check';

type Bytes = Buffer;

/** Short to print, unlike the bytes that it stands for. */
interface Content {
  readonly length: number;
  readonly step: number;
}

interface Entry {
  readonly kind: 'file' | 'directory' | 'link' | 'hard link';
  readonly name: Bytes;
  /** Which of the directories made so far it is in. */
  readonly place: number;
  readonly content: Content;
  readonly mode: number;
  readonly time: number;
}

/** What a directory is filled with. */
export type Tree = readonly Entry[];

const name = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc
      .constantFrom('a', 'b', '-n', 'new\nline', ' ', '.hidden', '*', '[x]', '\\', '"', '#001', 'ä')
      .map((text) => Buffer.from(text)),
    fc.constantFrom(Buffer.from([0xff, 0xfe]), Buffer.from([0x80, 0x0a, 0xc3])),
  )
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
  .filter((bytes) => !['.', '..', '.ci-storage.meta'].includes(bytes.toString('latin1')));

/** Up to a few blocks of a file system; zeros with a step of 0. */
const content = fc.record({
  length: fc.oneof(fc.nat(40), fc.nat(70_000)),
  step: fc.nat(3),
});

/** Any tree, with names of any bytes. */
export const tree: fc.Arbitrary<Tree> = fc.array(
  fc.record({
    kind: fc.constantFrom('file', 'file', 'directory', 'link', 'hard link'),
    name,
    place: fc.nat(100),
    content,
    mode: fc.constantFrom(0o644, 0o755, 0o444, 0o600, 0o555, 0o700),
    // Fractions of a second, down to what a double can tell apart.
    time: fc.double({ min: 1, max: 2_000_000_000, noNaN: true }),
  }),
  { maxLength: 15 },
);

const join = (directory: Bytes, part: Bytes): Bytes =>
  Buffer.concat([directory, Buffer.from('/'), part]);

const bytesOf = ({ length, step }: Content): Uint8Array =>
  Uint8Array.from({ length }, (_unused, at) => (at * at * step) % 251);

const isThere = async (path: Bytes): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const make = async (entry: Entry, path: Bytes, files: readonly Bytes[]): Promise<void> => {
  const original = files[entry.place % Math.max(files.length, 1)];
  if (entry.kind === 'directory') await mkdir(path);
  else if (entry.kind === 'link')
    await symlink(Buffer.concat([Buffer.from('to '), entry.name]), path);
  else if (entry.kind === 'hard link' && original) await link(original, path);
  else await writeFile(path, bytesOf(entry.content), { mode: entry.mode });
};

/** Makes the directory hold the tree and nothing else. */
export const plant = async (directory: string, entries: Tree): Promise<void> => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  const directories: Bytes[] = [Buffer.from(directory)];
  const files: Bytes[] = [];
  const made: { readonly path: Bytes; readonly entry: Entry }[] = [];
  for (const entry of entries) {
    const path = join(
      directories[entry.place % directories.length] ?? Buffer.from(directory),
      entry.name,
    );
    if (await isThere(path)) continue;
    await make(entry, path, files);
    made.push({ path, entry });
    if (entry.kind === 'directory') directories.push(path);
    else if (entry.kind !== 'link') files.push(path);
  }
  // From the inside to the outside: whatever is made in a directory changes its time.
  for (const { path, entry } of made.toReversed()) {
    if (entry.kind === 'link') await lutimes(path, entry.time, entry.time);
    else {
      await chmod(path, entry.mode);
      await utimes(path, entry.time, entry.time);
    }
  }
  await utimes(directory, 1_234_567_890.123_456, 1_234_567_890.123_456);
};

/** Everything that a transfer must keep of what is below the directory, and of itself, by path in hexadecimal digits. */
export const snapshot = async (directory: string): Promise<Readonly<Record<string, unknown>>> => {
  const facts: Record<string, unknown> = {};
  const names = new Map<bigint, string>();
  const look = async (path: Bytes, key: string): Promise<void> => {
    const found = await lstat(path, { bigint: true });
    const { mode, mtimeNs, uid, gid, ino, nlink } = found;
    const common = { mode: mode.toString(8), mtimeNs, uid, gid };
    if (found.isSymbolicLink()) {
      facts[key] = {
        ...common,
        target: (await readlink(path, { encoding: 'buffer' })).toString('hex'),
      };
    } else if (found.isDirectory()) {
      facts[key] = common;
      const parts = await readdir(path, { encoding: 'buffer' });
      for (const part of parts.toSorted((a, b) => Buffer.compare(a, b)))
        await look(join(path, part), `${key}/${part.toString('hex')}`);
    } else {
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      if (nlink > 1n && !names.has(ino)) names.set(ino, key);
      facts[key] = { ...common, digest, sameAs: names.get(ino) };
    }
  };
  await look(Buffer.from(directory), '');
  return facts;
};
