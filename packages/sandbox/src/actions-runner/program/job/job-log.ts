import type { JobMessage, RunService } from '../server/run-service.ts';
import { ServiceError } from '../server/service-client.ts';

/** A job's log on its way to the run service. */
export interface JobLog {
  line(text: string): void;
  /** Sends what has not arrived yet. What cannot be sent is kept for the next time. */
  flush(): Promise<void>;
}

const FLUSH_MS = 250;
const BATCH_LINES = 1_000;

/** Collects lines and sends them in batches, with the values of secret variables masked. */
export function createJobLog(runService: RunService, job: JobMessage): JobLog {
  const secrets = Object.values(job.variables)
    .filter(({ isSecret, value }) => isSecret === true && value !== '')
    .map(({ value }) => value);
  const pending: string[] = [];
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    while (pending.length > 0) {
      const batch = pending.slice(0, BATCH_LINES);
      try {
        await runService.log(job, batch);
        pending.splice(0, batch.length);
      } catch (error) {
        if (!isFinal(error)) return;
        // The rest may still be welcome. A notice that is refused as well is not worth another.
        const notice = `##[error]The server refused ${batch.length} lines of this log: ${(error as Error).message}`;
        pending.splice(0, batch.length, ...(batch.length > 1 ? [notice] : []));
      }
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    sending = sending.then(send);
    return sending;
  };
  return {
    line(text) {
      pending.push(secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text));
      timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    flush,
  };
}

/** Whether the server would say the same to the next try. */
function isFinal(error: unknown): boolean {
  return error instanceof ServiceError && error.status < 500;
}
