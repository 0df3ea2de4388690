import { SLOT_ID } from '../../layout.ts';
import { parseMeta } from '../../slot-meta.ts';
import type { Slot } from '../slot-transport.ts';
import { PREAMBLE } from './preamble.ts';

/**
 * Makes the directory that is its argument, where it can, and prints the slots in it, newest first: id, age in seconds, inode, and the meta in
 * hexadecimal digits. Setting the mode that it has already makes the newest slot young and changes nothing else of it, where
 * `touch` would change a time that travels.
 */
export const LIST_SCRIPT: string = String.raw`${PREAMBLE}
my ($path) = @ARGV;
make($path);
if (!stat $path) {
  fail("cannot reach the storage's directory", $path) unless $!{ENOENT};
  exit 0;
}
chdir $path or fail("cannot enter the storage's directory", $path);
bring_back_lost();
my @slots = newest_first(names_like(qr/^[a-zA-Z0-9_-]+$/));
my $newest = 1;
for (@slots) {
  my @facts = lstat $_ or next;
  chmod($facts[2] & 07777, "./$_") if $newest;
  $newest = 0;
  my $meta = meta_of($_);
  print join("\t", $_, time - $facts[10], $facts[1], defined $meta ? unpack("H*", $meta) : "-"), "\n";
}
`;

const LINE = /^([^\t]+)\t(-?\d+)\t(\d+)\t(-|[\da-f]*)$/;

/** Reads what {@link LIST_SCRIPT} prints. */
export const parseList = (lines: readonly string[]): Slot[] =>
  lines.flatMap((line) => {
    const [, id = '', age, generation = '', meta = ''] = LINE.exec(line) ?? [];
    if (!SLOT_ID.test(id)) return [];
    return [
      {
        id,
        ageSeconds: Number(age),
        generation,
        meta:
          meta === '-'
            ? undefined
            : parseMeta(Buffer.from(meta, 'hex').toString('utf8').split('\n')),
      },
    ];
  });
