import { META_FILE } from '../layout.ts';

/**
 * Reads find's records and prints one digest of all of them. The order of a directory's entries differs from one file system to
 * another: the digests of the records are added, which needs no sorting. Of files with several links it adds which of
 * them are one, whatever else the inode is linked to: slots share unchanged files.
 */
const DIGEST = String.raw`
use strict;
use Digest::MD5 'md5';
use integer;
$/ = "\0";
$| = 1;
my ($count, $low, $high, $known) = (0, 0, 0, 1);
my (%first, %sum, %links, %groups);
while (defined(my $record = <STDIN>)) {
  my $kind = substr($record, 0, 1);
  my $inode;
  if ($kind eq 'h') {
    my $end = index($record, ' ', 2);
    $inode = substr($record, 2, $end - 2);
    $record = 'f' . substr($record, $end);
  } elsif ($kind eq 'g') {
    $groups{$record} = 1;
    next;
  } elsif ($kind eq 'x') {
    $known = 0;
    next;
  }
  my ($x, $y) = unpack('q2', md5($record));
  $low += $x;
  $high += $y;
  print "walked $count\n" if ++$count % 20000 == 0;
  next unless defined $inode;
  if (exists $first{$inode}) {
    $sum{$inode} = (exists $sum{$inode} ? $sum{$inode} : $first{$inode}) + $x;
    $links{$inode}++;
  } else {
    $first{$inode} = $x;
  }
}
for my $inode (keys %sum) {
  my ($x, $y) = unpack('q2', md5("$links{$inode} $sum{$inode}"));
  $low += $x;
  $high += $y;
}
for my $group (keys %groups) {
  print "group $1 $2\n" if $group =~ /^g(.*):(\d+)\0$/s;
}
print $known ? "digest $count $low $high\n" : "unknown\n";
`;

/**
 * Prints the digest of the directory `$1` over all that rsync compares: type, mode, size, time, target, links, and which
 * groups there are. Two slashes end a path that something follows: no path has two. `unknown` where find is not GNU's,
 * cannot read something, or meets what it cannot describe.
 */
export const WALK_SCRIPT: string = `
unset CDPATH
cd -- "$1" || exit 1
slot=$(pwd -P)
LC_ALL=C
export LC_ALL
{
  find . -name '${META_FILE}' -prune -o \\( \\
    \\( -type f -links +1 -printf 'h %D:%i %m %s %T@ %P\\0' \\) -o \\
    \\( -type f -printf 'f %m %s %T@ %P\\0' \\) -o \\
    \\( -type d -printf 'd %m %T@ %P\\0' \\) -o \\
    \\( -type l -links +1 -printf 'h %D:%i l %T@ %P//%l\\0' \\) -o \\
    \\( -type l -printf 'f l %T@ %P//%l\\0' \\) -o \\
    \\( -type p -links +1 -printf 'h %D:%i p %m %T@ %P\\0' \\) -o \\
    \\( -type p -printf 'f p %m %T@ %P\\0' \\) -o \\
    -printf 'x\\0' \\
  \\) \\( -path . -printf 'g%g:%G\\0' -o ! -group "$(find . -prune -printf %G)" -printf 'g%g:%G\\0' \\) || printf 'x\\0'
} 2>/dev/null | perl -e '${DIGEST.replaceAll("'", String.raw`'\''`)}'
`;

/** Walks likewise, and says which slot it was. One that was removed or replaced meanwhile may have lost files before they were listed. */
export const walkSlotScript = (identify: string): string => `${WALK_SCRIPT}
[ $? -eq 0 ] && [ "$slot" -ef . ] && echo "generation $(${identify})"
`;
