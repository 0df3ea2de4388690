/** Text that may stand in a cell of a table. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

/** A table; cells hold Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n');

/** Code within a line. */
export const code = (text: string): string =>
  text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;

/** A block of code. */
export const block = (language: string, text: string): string =>
  `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

/** With a capital and a full stop. */
export const sentence = (text: string): string => {
  const [first = '', ...rest] = text.trim();
  const whole = first.toUpperCase() + rest.join('');
  return /[.!?:]$/.test(whole) ? whole : `${whole}.`;
};

/** A page: its parts are separated by empty lines, and a remark says where it comes from. */
export const page = (title: string, ...parts: readonly string[]): string =>
  `${[`# ${title}`, '<!-- Made by `./dev docs` from the code: change that, not this. -->', ...parts].join('\n\n')}\n`;

/** Milliseconds for people. */
export const duration = (ms: number | false): string => {
  if (ms === false) return 'none';
  return ms >= 60_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
};
