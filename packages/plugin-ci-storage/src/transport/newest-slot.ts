import { META_FILE, SLOT_ID } from '../layout.ts';
import { parseMeta } from '../slot-meta.ts';
import { StorageError } from '../storage-error.ts';
import type { Slot } from './slot-transport.ts';

/** What is printed before it comes from the start-up files of the account's shell. */
const MARK = 'ci-storage: newest slot';

/**
 * Prints the mark, then the id and then the meta of the newest slot in the directory `$1`, in POSIX sh: storage hosts have nothing of
 * ours. `ls -ct` sorts by ctime as exactly as the file system keeps it, which is the slot's age; `touch` keeps the slot from being cleaned
 * up while it is loaded, and fails on a read-only storage without harm.
 */
export const NEWEST_SLOT_SCRIPT: string = `
printf '\\n%s\\n' '${MARK}'
[ -d "$1" ] || exit 0
cd "$1" || exit 1
slot=$(LC_ALL=C ls -1ctp | sed -n 's|^\\([a-zA-Z0-9_-]\\{1,\\}\\)/$|\\1|p' | head -n 1)
[ -n "$slot" ] || exit 0
touch -c "./$slot" 2>/dev/null
printf '%s\\n' "$slot"
cat "./$slot/${META_FILE}" 2>/dev/null
exit 0
`;

/**
 * Reads what {@link NEWEST_SLOT_SCRIPT} prints at `place`.
 *
 * @throws StorageError when something else ran there.
 */
export const parseNewestSlot = (lines: readonly string[], place: string): Slot | undefined => {
  const marked = lines.indexOf(MARK);
  if (marked === -1) {
    const shown = lines.find((line) => line.trim() !== '');
    const instead = shown === undefined ? 'printed nothing' : `printed ${JSON.stringify(shown)}`;
    throw new StorageError(
      `${place} did not list its slots: it ${instead}`,
      'give the account of the storage a shell that runs what ssh asks for',
    );
  }
  const [id, ...meta] = lines.slice(marked + 1);
  return id !== undefined && SLOT_ID.test(id) ? { id, meta: parseMeta(meta) } : undefined;
};
