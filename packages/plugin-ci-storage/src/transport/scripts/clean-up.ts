import { BACKUP_SECONDS } from '../../layout.ts';
import type { CleanedUp } from '../slot-transport.ts';
import { PREAMBLE } from './preamble.ts';

/** A slot that is being built and in which nothing has changed for this long has been given up. */
const GIVEN_UP_MINUTES = 60;

/**
 * Arguments: the storage's directory, the highest age in seconds, for how many hints a slot is kept, and whether the removal goes on in the
 * background. The lock is the one that the action's own clean-up takes. What is removed is renamed first, so that nobody finds
 * half a slot. Prints `busy`, or the names of what is removed and how many slots stay.
 */
export const CLEAN_UP_SCRIPT: string = String.raw`${PREAMBLE}
my ($path, $max_age, $keep_hints, $background) = @ARGV;
if (!-d $path) { print "kept 0\n"; exit 0; }
chdir $path or fail("cannot enter the storage's directory", $path);
open(my $lock, ">>", "maintenance.lock") or fail("cannot write", "$path/maintenance.lock");
if (!flock($lock, 2 | 4)) { print "busy\n"; exit 0; }
# Whoever had the lock before may have removed the file that was opened here.
my @mine = stat $lock;
my @there = stat "maintenance.lock";
if (!@there || $mine[1] != $there[1]) { print "busy\n"; exit 0; }

bring_back_lost();
my @slots = newest_first(names_like(qr/^[a-zA-Z0-9_-]+$/));
my (%seen_hints, %gone, @discarded, $kept);
my $newest = 1;
for (@slots) {
  my ($hint) = (meta_of($_) // "") =~ /^hints=[ \t]*(\S+)/m;
  my $of_new_hint = defined $hint && !$seen_hints{$hint}++;
  if ($newest || ($of_new_hint && $keep_hints-- > 0) || age($_) <= $max_age) {
    $kept += 1;
  } else {
    my $epoch = time;
    $epoch += 1 while lstat "$_.bak.rm$epoch";
    rename($_, "$_.bak.rm$epoch") or $!{ENOENT} or fail("cannot rename", "$path/$_");
    push @discarded, "$_.bak.rm$epoch";
    $gone{$_} = 1;
    print "removed $_\n";
  }
  $newest = 0;
}
my %removed_now = map { $_ => 1 } @discarded;
for (names_like(qr/^[a-zA-Z0-9_-]+(?:\.(?:bak|tmp)\.(?:rm)?\d+)+$/)) {
  next if $removed_now{$_};
  my $building = /\.tmp\.\d+$/;
  my ($id) = /^([^.]+)/;
  next if !$building && !$gone{$id} && age($_) <= ${BACKUP_SECONDS} && !/\.rm\d+$/;
  next if $building && !at_rest($_, ${GIVEN_UP_MINUTES});
  push @discarded, $_;
  print "removed $_\n";
}
printf "kept %d\n", $kept // 0;
if ($background && @discarded) {
  defined(my $child = fork) or fail("cannot start a process in", $path);
  exit 0 if $child;
  # With the streams open, ssh would wait for the end of this.
  open(STDIN, "<", "/dev/null");
  open(STDOUT, ">", "/dev/null");
  open(STDERR, ">", "/dev/null");
  $SIG{HUP} = "IGNORE";
  setpgrp(0, 0);
}
my $failed;
for (@discarded) { discard($_) or $failed //= $_; }
unlink "maintenance.lock";
fail("cannot remove", "$path/$failed") if defined $failed;
`;

/** Reads what {@link CLEAN_UP_SCRIPT} prints. */
export const parseCleanUp = (lines: readonly string[]): CleanedUp => ({
  busy: lines.includes('busy'),
  removed: lines.flatMap((line) => /^removed (.+)$/.exec(line)?.[1] ?? []),
  kept: Number(lines.map((line) => /^kept (\d+)$/.exec(line)?.[1]).find(Boolean) ?? 0),
});
