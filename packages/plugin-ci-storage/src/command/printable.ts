/** What others have stored, or a program says, may hold sequences that a terminal obeys. */
export const printable = (line: string): string => line.replaceAll(/\p{Cc}/gu, '?');
