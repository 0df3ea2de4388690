import { createInterface } from 'node:readline';

/** Asks a person for one value and answers what was typed: empty for the default, or at the end of the input. */
export type Ask = (question: string, fallback?: string) => Promise<string>;

/** Asks on standard output and reads lines of standard input, which is left alone until the first question. */
export function createPrompt(): Ask {
  let lines: AsyncIterator<string> | undefined;
  return async (question, fallback) => {
    lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    process.stdout.write(`${question}${fallback ? ` [press Enter for ${fallback}]` : ''} `);
    const answer = await lines.next();
    return answer.done === true ? '' : answer.value.trim();
  };
}
