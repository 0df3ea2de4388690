import {
  chmodSync,
  closeSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../fleet/random.ts';

/** How large the tree is. */
export interface TreeSize {
  readonly files: number;
  readonly bytes: number;
}

/** Of the logarithm of the sizes: most files are small, and few hold most of the bytes, as in node_modules. */
const SIGMA = 1.6;
const LARGEST_IN_MEANS = 200;
const FOLDERS = ['', 'lib', 'dist', 'dist/esm', 'src/internal', 'types'];
const FILES_PER_FOLDER = 9;
const CHUNK = 1 << 20;

/** Drawn from a normal distribution (Box and Muller). */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const drawSizes = ({ files, bytes }: TreeSize, random: () => number): number[] => {
  const drawn = Array.from({ length: files }, () =>
    Math.min(Math.exp(SIGMA * normal(random)), LARGEST_IN_MEANS * Math.exp(SIGMA ** 2 / 2)),
  );
  const factor = bytes / drawn.reduce((total, size) => total + size, 0);
  return drawn.map((size) => Math.round(size * factor));
};

/** Half noise, half text: neither ssh nor the file system can save what real code would cost. */
const makeMaterial = (random: () => number): Buffer => {
  const material = Buffer.alloc(2 * CHUNK);
  for (let at = 0; at < CHUNK; at += 4) material.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  material.fill("export const value = require('./internal');\n", CHUNK);
  return material;
};

/**
 * Makes a tree that is like a checkout with its node_modules: packages with folders, small files with some large ones,
 * times to the nanosecond, programs, hard and symbolic links, empty folders.
 */
export const makeTree = (root: string, size: TreeSize): void => {
  const random = seededRandom(1);
  const material = makeMaterial(random);
  const write = (file: number, length: number): void => {
    for (let left = length; left > 0; left -= CHUNK) {
      writeSync(file, material, Math.floor(random() * CHUNK), Math.min(left, CHUNK));
    }
  };
  let folder = root;
  for (const [index, length] of drawSizes(size, random).entries()) {
    const place = Math.floor(index / FILES_PER_FOLDER);
    if (index % FILES_PER_FOLDER === 0) {
      const name = FOLDERS[place % FOLDERS.length] ?? '';
      folder = join(root, 'node_modules', `package-${Math.floor(place / FOLDERS.length)}`, name);
      mkdirSync(folder, { recursive: true });
    }
    const path = join(folder, `file-${index}.js`);
    const file = openSync(path, 'wx', index % 50 === 0 ? 0o755 : 0o644);
    write(file, length);
    const time = 1_600_000_000 + index + random();
    futimesSync(file, time, time);
    closeSync(file);
    if (index % 200 === 0) symlinkSync(`file-${index}.js`, join(folder, `link-${index}`));
    if (index % 500 === 0) linkSync(path, join(folder, `twin-${index}`));
    if (index % 1_000 === 0) mkdirSync(join(folder, `empty-${index}`));
  }
  chmodSync(folder, 0o2755);
};
