import { readFileSync } from 'node:fs';

/** How many file descriptors this process may have, and so each that it starts: Node has raised the soft limit to the hard one. */
export const descriptorLimit = (): number => {
  try {
    const [, soft] =
      /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // Not Linux.
    return Infinity;
  }
};
