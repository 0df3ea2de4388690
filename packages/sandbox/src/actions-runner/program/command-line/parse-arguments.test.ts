import { expect, test } from 'vitest';
import { parseArguments, takeInputVariables } from './parse-arguments.ts';

test.for<[string, string[], { commands?: string[]; values?: object; flags?: string[] }]>([
  [
    'a word first is the command',
    ['remove', '--local'],
    { commands: ['remove'], flags: ['local'] },
  ],
  ['an option and a word', ['--name', 'one'], { values: { name: 'one' } }],
  [
    'an option and another one',
    ['--replace', '--name', 'x'],
    { flags: ['replace'], values: { name: 'x' } },
  ],
  ['an option at the end', ['--replace'], { flags: ['replace'] }],
  ['a flag followed by a word is no flag', ['--replace', 'true'], { values: { replace: 'true' } }],
  ['the first duplicate wins', ['--name', 'a', '--name', 'b'], { values: { name: 'a' } }],
  ['a value that starts with a dash is dropped', ['--name', '-x'], { flags: ['name'] }],
  [
    'names are case-insensitive',
    ['--NAME', 'A', '--Replace'],
    { values: { name: 'A' }, flags: ['replace'] },
  ],
  ['words after an option are no command', ['--a', '1', 'remove'], { values: { a: '1' } }],
])('%s', ([, argv, { commands = [], values = {}, flags = [] }]) => {
  const line = parseArguments(argv);
  expect({ ...line, values: Object.fromEntries(line.values), flags: [...line.flags] }).toEqual({
    commands,
    values,
    flags,
  });
});

test.for<[string, string, object, string[]]>([
  ['ACTIONS_RUNNER_INPUT_NAME', 'x', { name: 'x' }, []],
  ['actions_runner_input_name', 'x', { name: 'x' }, []],
  [
    'ACTIONS_RUNNER_INPUT_NO-DEFAULT-LABELS',
    'true',
    { 'no-default-labels': 'true' },
    ['no-default-labels'],
  ],
  ['ACTIONS_RUNNER_INPUT_REPLACE', 'True', { replace: 'True' }, ['replace']],
  ['ACTIONS_RUNNER_INPUT_REPLACE', '1', { replace: '1' }, []],
  ['ACTIONS_RUNNER_INPUT_NAME', '', {}, []],
])('%s=%s is an input and leaves the environment', ([variable, value, values, flags]) => {
  const env = { [variable]: value, OTHER: 'kept' };
  const line = takeInputVariables(parseArguments(['configure']), env);
  expect(Object.fromEntries(line.values)).toEqual(values);
  expect([...line.flags]).toEqual(flags);
  expect(line.commands).toEqual(['configure']);
  expect(env).toEqual({ OTHER: 'kept' });
});

test('the command line wins over a variable', () => {
  const env = { ACTIONS_RUNNER_INPUT_NAME: 'variable' };
  const line = takeInputVariables(parseArguments(['--name', 'argument']), env);
  expect(line.values.get('name')).toBe('argument');
});
