import { gzipSync } from 'node:zlib';

const blockSize = 512;

/** A file to pack. */
interface ArchiveFile {
  /** Relative, at most 100 bytes. */
  path: string;
  mode: number;
  content: string;
}

/** Packs files as a gzipped tar archive (POSIX ustar), the same bytes every time. */
export function tarGz(files: readonly ArchiveFile[]): Uint8Array<ArrayBuffer> {
  const blocks = files.flatMap((file) => {
    const content = Buffer.from(file.content);
    return [header(file, content.length), content, padding(content.length)];
  });
  return Uint8Array.from(gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)])));
}

const padding = (length: number): Buffer =>
  Buffer.alloc((blockSize - (length % blockSize)) % blockSize);

function header({ path, mode }: ArchiveFile, size: number): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, width: number): void => {
    block.write(value.toString(8).padStart(width, '0'), offset, 'ascii');
  };
  block.write(path, 0, 'utf8');
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.write(`0ustar`, 156, 'ascii');
  block.write('00', 263, 'ascii');
  // The checksum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
