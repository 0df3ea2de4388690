import { expect, test } from 'vitest';
import { startProcess } from '../processes/start-process.ts';
import { runScript } from './run-script.ts';
import { MARK } from './scripts/preamble.ts';

const answer = async (before: string, script = `print "\\n${MARK}\\none\\ntwo\\n";`) =>
  runScript(
    {
      start: startProcess,
      place: 'here',
      shell: (text, args) => ({ command: 'sh', args: ['-c', `${before}\n${text}`, 'sh', ...args] }),
    },
    script,
    [],
    { limitMs: 60_000, what: 'list its slots' },
  );

test.each(['', 'echo Welcome', 'printf Welcome', 'echo; echo "Last login: today"'])(
  'what the shell prints first is no answer: %j',
  async (before) => {
    expect(await answer(before)).toEqual(['one', 'two']);
  },
);

test.for([
  ['echo Welcome; exit 0', 'here did not list its slots: it printed "Welcome"'],
  ['exit 0', 'here did not list its slots: it printed nothing'],
  ['PATH=/nowhere', 'perl is missing on here'],
])('the output of something else is an error: %j', async ([before = '', message = '']) => {
  await expect(answer(before)).rejects.toThrow(message);
});
