import { expect, it } from 'vitest';
import { lostGitHub } from './lost-github.ts';

const status = (text: string): string => `Response status code does not indicate success: ${text}.`;

it.each([
  [[status('502 (Bad Gateway)')]],
  [[status('429 (Too Many Requests)')]],
  [["Http response code: Conflict from 'Post …' (Request Id: 1)", '{}', status('409 (Conflict)')]],
  [['{"message":"API rate limit exceeded"}', status('403 (Forbidden)')]],
  [["Http response code: BadGateway from 'Post …' (Request Id: 1)", '<html>']],
  [['Connection refused (ghe.acme.example:443)']],
  [['Name or service not known (ghe.acme.example:443)']],
  [['Connection reset by peer']],
  [['The SSL connection could not be established, see inner exception.']],
  [['socket hang up']],
])('%j is a GitHub out of reach', (lines) => {
  expect(lostGitHub(lines)).toBe(true);
});

it.each([
  [[]],
  [['the disk is full']],
  [["Http response code: NotFound from 'POST …'", status('404 (Not Found)')]],
  [["Http response code: BadGateway from 'POST …'", status('401 (Unauthorized)')]],
  [[status('403 (Forbidden)')]],
])('%j is not', (lines) => {
  expect(lostGitHub(lines)).toBe(false);
});
