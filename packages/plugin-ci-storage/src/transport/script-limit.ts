/** How long a script may take that only looks or renames, in milliseconds, unless told otherwise. */
export const SCRIPT_LIMIT_MS = 60_000;
