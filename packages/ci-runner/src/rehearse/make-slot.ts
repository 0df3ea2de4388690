import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Enough files to see a difference between warm and cold, few enough to make in no time. */
export const SLOT_FILES = 2_000;

const FILES_PER_DIRECTORY = 100;
const BYTES_PER_FILE = 1_024;

/** Writes a slot of {@link SLOT_FILES} files of 1 KiB, a hundred in each directory. */
export const makeSlot = async (directory: string): Promise<void> => {
  const content = 'x'.repeat(BYTES_PER_FILE - 6);
  for (let first = 0; first < SLOT_FILES; first += FILES_PER_DIRECTORY) {
    const folder = join(directory, `part-${first / FILES_PER_DIRECTORY}`);
    await mkdir(folder, { recursive: true });
    const numbers = Array.from({ length: FILES_PER_DIRECTORY }, (_, index) => first + index);
    await Promise.all(
      numbers.map(async (number) =>
        writeFile(join(folder, `file-${number}.txt`), `${String(number).padStart(5)}\n${content}`),
      ),
    );
  }
};
