import { expect, it } from 'vitest';
import { failureKindOf } from './configure-failure.ts';

const answered = (name: string, call: string): string =>
  `Http response code: ${name} from 'POST https://api.github.com/actions/${call}' (Request Id: 1)`;
const status = (text: string): string => `Response status code does not indicate success: ${text}.`;
const exists = '{"message":"Already exists - A runner with the name a already exists."}';

it.each([
  ['name-taken', ['A runner exists with the same name ci-runner-1.']],
  [
    'name-taken',
    [
      ...[1, 2, 3].flatMap(() => [answered('Conflict', 'runners/register'), exists]),
      status('409 (Conflict)'),
    ],
  ],
  // The first request may have registered it.
  [
    'lost',
    [
      'Connection reset by peer',
      answered('Conflict', 'runners/register'),
      exists,
      status('409 (Conflict)'),
    ],
  ],
  [
    'lost',
    [
      answered('BadGateway', 'runners/register'),
      '<html>',
      answered('Conflict', 'runners/register'),
      exists,
      status('409 (Conflict)'),
    ],
  ],
  ['group-unknown', ['Could not find any self-hosted runner group named "big".']],
  ['token-refused', [answered('NotFound', 'runner-registration'), '{}', status('404 (Not Found)')]],
  ['other', [answered('NotFound', 'runners/register'), '{}', status('404 (Not Found)')]],
  ['lost', [answered('BadGateway', 'runner-registration'), status('502 (Bad Gateway)')]],
  ['limited', [answered('TooManyRequests', 'runners/register'), status('429 (Too Many Requests)')]],
  ['other', ['the disk is full']],
  ['other', []],
] as const)('%s: %j', (kind, lines) => {
  expect(failureKindOf(lines)).toBe(kind);
});
