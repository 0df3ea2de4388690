/** A group that files belong to. */
export interface Group {
  readonly name: string;
  readonly gid: string;
}

/** The groups that a user is in. */
export interface Membership {
  readonly gids: readonly string[];
  readonly names: readonly string[];
}

/** Reads the words of a line such as `group staff 50`; a name may have blanks in it. */
export const readGroup = (words: readonly string[]): Group => ({
  name: words.slice(0, -1).join(' '),
  gid: words.at(-1) ?? '',
});

/**
 * Whether rsync would leave all groups as they are. It looks groups up by name and else takes the number, and compares
 * only those that the receiving user is in: nobody else can give a file to a group.
 */
export const sameGroups = (
  there: readonly Group[],
  here: readonly Group[],
  { gids, names }: Membership,
): boolean => {
  const isOurs = ({ name, gid }: Group): boolean => names.includes(name) || gids.includes(gid);
  if (!there.some(isOurs)) return true;
  const [theirs, ...others] = there;
  return (
    others.length === 0 &&
    here.length === 1 &&
    theirs?.name === here[0]?.name &&
    names.includes(theirs?.name ?? '')
  );
};
