import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/run-step.ts';
import { workflowFaults, writersOf } from './workflow-faults.ts';

const read = async (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

const files = globSync(['.github/workflows/*', '.github/actions/*/action.yml'], { cwd: ROOT });

it.each(files)('%s keeps the rules', async (path) => {
  expect(workflowFaults(await read(path))).toEqual([]);
});

it('nobody writes but who must', async () => {
  const workflows = globSync('.github/workflows/*', { cwd: ROOT }).toSorted();
  const writers = await Promise.all(
    workflows.map(async (path) => [path, writersOf(await read(path))]),
  );
  expect(Object.fromEntries(writers)).toEqual({
    '.github/workflows/image.yml': {
      build: ['packages: write'],
      publish: ['packages: write', 'id-token: write', 'attestations: write'],
    },
    '.github/workflows/pins.yml': { propose: ['contents: write', 'pull-requests: write'] },
    '.github/workflows/release.yml': {
      version: ['contents: write', 'pull-requests: write'],
      publish: ['contents: write', 'id-token: write'],
    },
    '.github/workflows/test.yml': {},
  });
});

const SHA = 'a'.repeat(40);

const workflow = (job: string, permissions = '{}'): string => `
permissions: ${permissions}
jobs:
  build:
    timeout-minutes: 5
    permissions: { contents: read }
${job}`;

describe('the rules', () => {
  it('take what is as it should be', () => {
    const steps = `    steps:
      - uses: ./.github/actions/setup
      - uses: acme/tools/pack@${SHA} # v1.2.3
      - run: make "$TOKEN"
        env: { TOKEN: '\${{ github.token }}' }`;
    expect(workflowFaults(workflow(steps))).toEqual([]);
  });

  it.each([
    ['    steps: [{ uses: acme/tools@v1 }]', 'acme/tools@v1 is not pinned to a commit'],
    [`    steps: [{ uses: acme/tools@${SHA} }]`, 'does not say its version in a comment'],
    [`    steps: [{ run: 'echo \${{ github.ref }}' }]`, 'an expression stands in a script'],
    [`    steps: [{ run: 'if true; then' }]`, 'bash cannot read'],
    [`    env: { TOKEN: '\${{ secrets.NPM_TOKEN }}' }`, 'secrets.NPM_TOKEN is used'],
    ['  free:\n    permissions: { contents: read }', 'job free has no timeout-minutes'],
    ['  free:\n    timeout-minutes: 5', 'job free does not list its permissions'],
    [
      '  free:\n    timeout-minutes: 5\n    permissions: write-all',
      'does not list its permissions',
    ],
    ['    timeout-minutes: 6', 'Map keys must be unique'],
  ])('tell of %s', (job, fault) => {
    expect(workflowFaults(workflow(job)).join('\n')).toContain(fault);
  });

  it('tell of rights that all jobs get', () => {
    expect(workflowFaults(workflow('', '{ contents: read }'))).toEqual([
      'the workflow itself must have permissions: {}',
    ]);
  });
});
