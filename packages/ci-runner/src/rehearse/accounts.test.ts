import { expect, test } from 'vitest';
import { composeAccounts } from './accounts.ts';

const ROOT = 'root:x:0:0:root:/root:/bin/sh';
const GUEST = 'guest:x:1000:1000::/home/guest:/bin/bash';

const compose = (passwd: string[], group: string[]): { passwd: string[]; group: string[] } => {
  const files = composeAccounts({ passwd: passwd.join('\n'), group: group.join('\n') }, '/r');
  return {
    passwd: files.passwd.trimEnd().split('\n'),
    group: files.group.trimEnd().split('\n'),
  };
};

test('gives the rehearsal the accounts that the machine lacks, with homes of its own', () => {
  const { passwd, group } = compose([ROOT, 'bin:*:2:2::/bin:'], ['root:x:0:']);
  expect(passwd).toEqual([
    'bin:*:2:2::/bin:',
    'root:x:0:0:root:/r/home/root:/bin/bash',
    'ci-storage:*:20000:20000::/r/home/ci-storage:/bin/bash',
    'guest:*:20001:20001::/r/home/guest:/bin/bash',
  ]);
  expect(group).toEqual(['root:x:0:', 'ci-storage:x:20000:', 'guest:x:20001:']);
});

test('keeps a guest of the machine’s own with its groups', () => {
  const { passwd, group } = compose([ROOT, GUEST], ['guest:x:1000:', 'docker:x:7:guest']);
  expect(passwd).toContain(GUEST);
  expect(passwd).toHaveLength(3);
  expect(group).toEqual(['guest:x:1000:', 'docker:x:7:guest', 'ci-storage:x:20000:']);
});
