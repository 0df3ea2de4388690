import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner } from '@ci-runner/core';
import { myPlugin } from '../src/index.ts';
import { runAJob } from './run-a-job.ts';

test('greets a job in the log and in its environment', async (context) => {
  const { job, log, result } = await runAJob(context, myPlugin({ greeting: 'Good morning' }), {
    script: 'echo "the job reads: $MY_PLUGIN_GREETING"',
    variables: { MY_PLUGIN_NAME: 'builders' },
  });
  assert.equal(job.result, 'Succeeded');
  assert.match(job.log.join('\n'), /the job reads: Good morning, builders/);
  assert.match(log, /Good morning, builders: build begins/);
  assert.deepEqual(result, { exitCode: 0, error: undefined });
});

test('names the option that is at fault', async () => {
  const runner = createRunner({
    // @ts-expect-error: a configuration file in JavaScript is checked by nobody else
    config: { plugins: [myPlugin({ greeting: 42 })] },
    environment: {},
    write: () => {},
  });
  await assert.rejects(runner.check(), (error: Error) => {
    assert.match(error.message, /greeting.*takes a text, such as Hello/);
    return true;
  });
});
