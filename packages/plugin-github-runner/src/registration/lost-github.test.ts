import { expect, it } from 'vitest';
import { limitedByGitHub, lostGitHub } from './lost-github.ts';

const status = (text: string): string => `Response status code does not indicate success: ${text}.`;

it.each([
  [[status('502 (Bad Gateway)')]],
  [["Http response code: Conflict from 'Post …' (Request Id: 1)", '{}', status('409 (Conflict)')]],
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
  [[status('429 (Too Many Requests)')]],
])('%j is not', (lines) => {
  expect(lostGitHub(lines)).toBe(false);
});

it.each([
  [[status('429 (Too Many Requests)')]],
  [['{"message":"API rate limit exceeded"}', status('403 (Forbidden)')]],
  [["Http response code: TooManyRequests from 'Post …' (Request Id: 1)", '{}']],
])('%j is a limit', (lines) => {
  expect(limitedByGitHub(lines)).toBe(true);
});

it.each([
  [[status('403 (Forbidden)')]],
  [["Http response code: TooManyRequests from 'Post …'", status('502 (Bad Gateway)')]],
])('%j is no limit', (lines) => {
  expect(limitedByGitHub(lines)).toBe(false);
});
