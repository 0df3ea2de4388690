import { META_FILE } from '../layout.ts';
import { readGroup, type Group } from './same-groups.ts';

/**
 * Counts the current directory: prints a line for each group that there is, and then how many regular files, how many bytes they
 * have, and about how many bytes of an archive they make (a header, an extended header in two blocks, and the content in blocks of
 * 512 bytes: pax(1), ustar Interchange Format), and how many pipes have several names. Prints nothing where find is not GNU's.
 */
export const CENSUS: string = `
find . -name '${META_FILE}' -prune -o \\( -type f -printf '%s\\n' -o -type p -links +1 -printf 'y\\n' -o -printf 'x\\n' \\) \\
  \\( -path . -printf 'group %g %G\\n' -o ! -group "$(find . -prune -printf %G)" -printf 'group %g %G\\n' \\) | awk '
/^group / { groups[$0] = 1; next }
{ archive += 1536 }
$1 == "y" { linked++ }
/^[0-9]/ { files++; bytes += $1; archive += int(($1 + 511) / 512) * 512 }
END {
  if (!archive) exit
  for (group in groups) print group
  printf "census %d %.0f %.0f %d\\n", files, bytes, archive, linked
}'
`;

/** Counts the directory `$1`. */
export const COUNT: string = `
unset CDPATH
cd -- "$1" || exit 1
${CENSUS}`;

/** What was counted. */
export interface Census {
  readonly files: number;
  readonly bytes: number;
  /** About as many bytes has an archive of them. */
  readonly archiveBytes: number;
  /** Pipes that may be one with others, which tar does not keep. */
  readonly linkedPipes: number;
  readonly groups: readonly Group[];
}

/** Reads the lines of a census one by one. */
export const readCensus = (): {
  /** Answers whether the line belongs to a census. */
  readonly line: (line: string) => boolean;
  /** Undefined before all of it was read. */
  readonly census: Census | undefined;
} => {
  const groups: Group[] = [];
  let census: Census | undefined;
  return {
    get census() {
      return census;
    },
    line: (line) => {
      const [name, ...words] = line.split(' ');
      if (name === 'group') groups.push(readGroup(words));
      else if (name === 'census') {
        const [files = 0, bytes = 0, archiveBytes = 0, linkedPipes = 0] = words.map(Number);
        census = { files, bytes, archiveBytes, linkedPipes, groups };
      }
      return name === 'group' || name === 'census';
    },
  };
};
