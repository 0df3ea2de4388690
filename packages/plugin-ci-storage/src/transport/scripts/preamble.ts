/** What is printed before it comes from the start-up files of the account's shell. */
export const MARK = 'ci-storage: answer';

/** File systems use an inode again soon; the meta, which no slot shares, tells one use from the next. */
const GENERATION = String.raw`
sub generation {
  my ($name) = @_;
  my @meta = lstat "$name/.ci-storage.meta";
  return join("-", (lstat $name)[1], @meta ? @meta[1, 9] : ());
}
`;

/** A sh command that prints which generation of a slot the current directory is. */
export const IDENTIFY_COMMAND: string = `perl -e '${GENERATION} print generation("."), "\n"'`;

/**
 * What the scripts share. They are Perl, which storage hosts have in all its versions, and use no module: images often have
 * the bare language only. They print the mark first, and complain with the path in quotes.
 */
export const PREAMBLE: string = String.raw`
use strict;
use warnings;
$| = 1;
$ENV{LC_ALL} = "C";
print "\n${MARK}\n";

sub fail {
  my ($what, $path) = @_;
  my $why = $!;
  print STDERR "ci-storage: $what \"$path\": $why\n";
  exit 1;
}

sub make {
  my ($path) = @_;
  return 1 if -d $path;
  make($1) if $path =~ m{^(.+?)/+[^/]+/*$}s;
  return mkdir($path) || -d $path;
}

# Only directories are changed: files may be shared with other slots.
sub discard {
  my ($path) = @_;
  system("find", "./$path", "-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", ";");
  return system("rm", "-rf", "--", "./$path") == 0;
}

sub age { return time - (lstat $_[0])[10]; }

sub is_directory { lstat $_[0] or return 0; return -d _; }

# Whether nothing in a directory has changed for so many minutes.
sub at_rest {
  my ($name, $minutes) = @_;
  return 0 if age($name) < $minutes * 60;
  return !length qx{find './$name' -cmin -$minutes 2>/dev/null | head -n 1};
}

sub names_like {
  my ($form) = @_;
  opendir(my $handle, ".") or fail("cannot read the storage's directory", ".");
  return grep { $_ =~ $form && is_directory($_) } readdir($handle);
}

# The newest first, as exactly as the file system has it.
sub newest_first {
  my @names = @_;
  return () unless @names;
  open(my $list, "-|", "ls", "-1ctd", "--", map { "./$_" } @names) or fail("cannot run", "ls");
  my @sorted = map { chomp; s{^\./}{}; $_ } <$list>;
  return @sorted;
}

sub meta_of {
  my ($name) = @_;
  my $path = "./$name/.ci-storage.meta";
  return undef unless -f $path && open(my $handle, "<", $path);
  local $/ = undef;
  return scalar <$handle>;
}

# A store that was cut off between its two renames has taken a slot away and put nothing in its place.
sub bring_back_lost {
  my %newest;
  for (newest_first(names_like(qr/^[a-zA-Z0-9_-]+\.bak\.\d+$/))) {
    my ($id) = /^([^.]+)/;
    next if exists $newest{$id};
    $newest{$id} = 1;
    rename($_, $id) if !lstat($id) && age($_) > 5;
  }
}
${GENERATION}`;
