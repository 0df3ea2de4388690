import { dirname, join } from 'node:path';
import { createDiagnostics } from './io/diagnostics.ts';
import { hang, scaled, scaleTime } from './io/delay.ts';
import { takeLaunch } from './io/launch-environment.ts';
import { Cancellation } from './job/cancellation.ts';
import { exitCodeOf } from './job/job-orders.ts';
import { receiveOrders } from './job/receive-orders.ts';
import { runJob } from './job/run-job.ts';
import { readKnobs } from './store/knobs.ts';

const USAGE_EXIT_CODE = 1;
const TERMINATED = 143;
const UNLOAD_LIMIT_MS = 30_000;

/** Runs `bin/Runner.Worker spawnclient FD_OUT FD_IN` and ends the process. `bin` is the folder that holds it. */
export async function main(bin: string): Promise<never> {
  takeLaunch(process.env);
  const [command, ordersFd] = process.argv.slice(2);
  if (command !== 'spawnclient' || !/^\d+$/.test(ordersFd ?? '')) {
    process.stderr.write('Usage: Runner.Worker spawnclient FD_OUT FD_IN\n');
    return process.exit(USAGE_EXIT_CODE);
  }
  const diagnostics = createDiagnostics({
    folder: join(dirname(bin), '_diag'),
    program: 'Worker',
    echo: /^(?:1|true)$/i.test(process.env['ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT'] ?? ''),
  });
  // The Listener may be gone; its pipes are no reason to stop.
  process.stdout.on('error', () => {});
  const { faults, timeScale } = readKnobs(bin);
  scaleTime(timeScale);
  const cancellation = new Cancellation();
  handleSignals(cancellation);
  if (faults.includes('worker-never-reads') || faults.includes('message-timeout')) await hang();
  const request = await receiveOrders(Number(ordersFd), cancellation);
  if (request === undefined) return process.exit(USAGE_EXIT_CODE);
  diagnostics.info('Worker', `Job ${request.job.jobId}: ${request.job.jobDisplayName}`);
  const result = await runJob(request, cancellation, faults);
  diagnostics.info('Worker', `Job completed: ${result}`);
  return process.exit(exitCodeOf(result));
}

/** SIGINT and SIGQUIT are the Listener's business; SIGTERM cancels the job; SIGHUP has no handler and ends it. */
function handleSignals(cancellation: Cancellation): void {
  process.on('SIGINT', () => {});
  process.on('SIGQUIT', () => {});
  process.on('SIGTERM', () => {
    setTimeout(() => process.exit(TERMINATED), scaled(UNLOAD_LIMIT_MS)).unref();
    cancellation.shutDown();
  });
}
