import type { JobMessage, RunService } from '../server/run-service.ts';

/** A job's log on its way to the run service. */
export interface JobLog {
  line(text: string): void;
  /** Sends what has not arrived yet. What cannot be sent is kept for the next time. */
  flush(): Promise<void>;
}

const FLUSH_MS = 250;

/** Collects lines and sends them in batches, with the values of secret variables masked. */
export function createJobLog(runService: RunService, job: JobMessage): JobLog {
  const secrets = Object.values(job.variables)
    .filter(({ isSecret, value }) => isSecret === true && value !== '')
    .map(({ value }) => value);
  let pending: string[] = [];
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    const lines = pending;
    if (lines.length === 0) return;
    pending = [];
    try {
      await runService.log(job, lines);
    } catch {
      pending = [...lines, ...pending];
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
