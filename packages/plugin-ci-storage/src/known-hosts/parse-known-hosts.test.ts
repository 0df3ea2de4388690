import { expect, test } from 'vitest';
import { parseKnownHosts } from './parse-known-hosts.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIPRRN6jv+pks3Fi9ewvRhQeCvZpMTCD+KIFp+VYbc5i';

test.each([
  `storage ${KEY}`,
  `[storage.internal]:10022,[10.0.0.7]:10022 ${KEY} a comment`,
  `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${KEY}`,
  `@cert-authority *.internal ${KEY}`,
  `@revoked * ${KEY}`,
  `# storage:22 SSH-2.0-OpenSSH_9.2\n\nstorage ${KEY}`,
])('takes %s', (text) => {
  expect(parseKnownHosts(text)).toEqual({ content: `${text}\n`, faults: [] });
});

test.each(['\r\n', String.raw`\n`])('takes lines that end with %j', (end) => {
  const lines = [`a ${KEY}`, `b ${KEY}`];
  const { content, faults } = parseKnownHosts(lines.join(end) + end);
  expect([content, faults]).toEqual([`${lines.join('\n')}\n`, []]);
});

test('tells everything that is wrong at once, and shows nothing of it', () => {
  const text = [
    '# a comment',
    KEY,
    'storage ssh-ed25519',
    `storage ${KEY.slice(0, -40)}!`,
    `storage ssh-rsa ${KEY.split(' ')[1]}`,
    `@trusted storage ${KEY}`,
    `storage ${KEY}`,
  ].join('\n');
  const { faults } = parseKnownHosts(text);
  expect(faults.map((fault) => fault.split(/[,:]/)[0])).toEqual([
    'line 2 has no host before the key',
    'line 3 takes three words',
    'line 4 has a key that is damaged or cut off',
    'line 5 has another type than its key',
    'line 6 begins with @',
  ]);
  expect(faults.join()).not.toContain('AAAA');
});

test.each(['# only a comment', ' '])('%j holds no key', (text) => {
  expect(parseKnownHosts(text).faults).toEqual(['holds no key']);
});

test('a private key in its place is told as that alone', () => {
  const text = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n';
  expect(parseKnownHosts(text).faults).toEqual([expect.stringMatching(/^is a private key/)]);
});
