import { PREAMBLE } from './preamble.ts';

/**
 * Arguments: the storage's directory, the slot's id, and the content of the meta file or nothing. Makes the directory in which the slot is to be
 * built and prints its name, and then those that earlier stores of the slot have left behind. The epoch in the name is the storage's; of
 * two stores in one second the later one takes the next.
 */
export const BEGIN_SCRIPT: string = String.raw`${PREAMBLE}
my ($path, $id, $meta) = @ARGV;
make($path) or fail("cannot make the storage's directory", $path);
chdir $path or fail("cannot enter the storage's directory", $path);
bring_back_lost();
# Others may be storing the same slot right now.
my @left = grep { at_rest($_, 1) } newest_first(names_like(qr/^\Q$id\E\.tmp\.\d+$/));
my $epoch = time;
until (mkdir "$id.tmp.$epoch") {
  fail("cannot make a directory in the storage's", $path) unless $!{EEXIST};
  $epoch += 1;
}
my $name = "$id.tmp.$epoch";
if (length $meta) {
  # Before the transfer, which ends with the time of this directory.
  my $handle;
  (open($handle, ">", "$name/.ci-storage.meta") and print $handle $meta and close $handle)
    or do { my $why = $!; discard($name); $! = $why; fail("cannot write the meta of a slot in", $path) };
}
print "$_\n" for $name, @left;
`;

/**
 * Arguments: the storage's directory, the name of the slot being built, and its id. A directory is never renamed over one that holds something, so that of
 * two stores at once each finds out that the other was faster.
 */
export const COMMIT_SCRIPT: string = String.raw`${PREAMBLE}
my ($path, $name, $id) = @ARGV;
chdir $path or fail("cannot enter the storage's directory", $path);
my $backup;
# When the answer was lost that it is done, it is asked for again.
if (!lstat($name) && is_directory($id)) { print "stored\n"; exit 0; }
until (rename($name, $id)) {
  if (!$!{EEXIST} && !$!{ENOTEMPTY}) {
    my $why = $!;
    rename($backup, $id) if defined $backup;
    $! = $why;
    fail("cannot rename the new slot to", "$path/$id");
  }
  my $epoch = time;
  $epoch += 1 while lstat "$id.bak.$epoch";
  $backup = "$id.bak.$epoch";
  rename($id, $backup) or $!{ENOENT} or $!{EEXIST} or $!{ENOTEMPTY}
    or fail("cannot rename the old slot", "$path/$id");
}
print "stored\n";
`;

/** Arguments: the storage's directory, and the name of a slot that was being built. Removes it. */
export const ABANDON_SCRIPT: string = String.raw`${PREAMBLE}
my ($path, $name) = @ARGV;
chdir $path or exit 0;
discard($name) or fail("cannot remove", "$path/$name");
`;

/** Arguments: a slot's directory. Prints its inode if it is there. */
export const GENERATION_SCRIPT: string = String.raw`${PREAMBLE}
my @facts = lstat $ARGV[0];
print "$facts[1]\n" if @facts;
`;
