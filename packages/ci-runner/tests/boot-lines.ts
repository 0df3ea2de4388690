import { expect } from 'vitest';
import type { OnTerminal } from './on-terminal.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

/** The command line of a supervisor. */
export const START: readonly string[] = [...CI_RUNNER, 'start'];

/** What begins every command to a terminal. */
export const ESCAPE = '\u001B';

/** What differs from run to run. */
const masked = (line: string): string =>
  line
    .replace(/^\[\d{4}-[^\]]*\]/, '[NOW]')
    .replace(/\(node:\d+\)/, '(node:PID)')
    .replaceAll(/\d+ ms/g, 'N ms')
    .replace(/\d+\.\d\d s/, 'N s')
    .replaceAll(/ +/g, ' ')
    .trim();

/** The lines on its screen. */
export const screen = async ({ emulator }: OnTerminal): Promise<string[]> =>
  (await emulator.lines()).map(masked);

/** Waits for it to show that. */
export const shows = async (terminal: OnTerminal, text: string): Promise<void> =>
  expect.poll(async () => (await screen(terminal)).join('\n')).toContain(text);

/** The lines that a pipe gets of both streams. */
export const throughPipe = async (
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const { stdout } = await runCommand(['sh', '-c', 'exec "$@" 2>&1', 'sh', ...START], environment);
  return stdout.trimEnd().split('\n').map(masked);
};

/** A configuration whose boot fails at once, with lines in that format. */
export const brief = (format: string): string => `
  import { defineConfig, definePlugin } from 'ci-runner';
  const broken = definePlugin({
    name: 'broken',
    setup({ hooks }) {
      hooks.prepareSystem.tap(() => {
        throw new Error('broken');
      });
    },
  });
  export default defineConfig({ logFormat: '${format}', plugins: [broken()] });
`;
