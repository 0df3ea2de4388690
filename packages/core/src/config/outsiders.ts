import { readFile } from 'node:fs/promises';

const read = async (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/**
 * The uid as which a user namespace shows everybody whom it has no number for (user_namespaces(7)), where nobody in it can be
 * that uid; empty otherwise. Where the root of outside is somebody here, the others out there have fewer rights than that:
 * their uid is none to be trusted.
 */
export const outsiders = async (): Promise<readonly number[]> => {
  const [everybody, map] = await Promise.all([
    read('/proc/sys/kernel/overflowuid'),
    read('/proc/self/uid_map'),
  ]);
  if (everybody === '' || map === '') return [];
  const uid = Number(everybody);
  const ranges = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const isSomebody = ranges.some(
    ([first = 0, outside, count = 0]) => outside === 0 || (uid >= first && uid < first + count),
  );
  return isSomebody ? [] : [uid];
};
