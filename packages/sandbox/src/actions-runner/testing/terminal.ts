import type { Terminal } from '../program/io/terminal.ts';

/** A terminal that keeps its lines, with `<time>` for every timestamp. */
export function recordingTerminal(): Terminal & { out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out,
    err,
    line: (text = '') => void out.push(text),
    event: (text) => void out.push(`<time>: ${text}`),
    success: (text) => void out.push(`√ ${text}`),
    section: (text) => void out.push('', `# ${text}`, ''),
    error: (text) => void err.push(text),
    errorEvent: (text) => void err.push(`<time>: ${text}`),
  };
}
