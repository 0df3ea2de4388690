import { setTimeout as sleep } from 'node:timers/promises';
import {
  rateLimited,
  type Fault,
  type FaultMatch,
  type QueuedJob,
} from '../../packages/sandbox/src/index.ts';
import type { Trial } from './plan.ts';
import { LABEL, resetSite, runnerProcesses, type Site } from './site.ts';

/** Something that serves jobs and can be asked to end. */
export interface Subject {
  signal(name: 'SIGTERM' | 'SIGINT'): void;
  readonly ended: Promise<void>;
  /** Ends it by force. */
  kill(): void | Promise<void>;
  /** What it said, for the report of a trial that failed. */
  readonly lines: readonly string[];
}

/** How a trial ended. */
export interface Verdict {
  readonly trial: Trial;
  /** Jobs that the runner had acquired. */
  readonly jobsAcquired: number;
  readonly jobsLost: number;
  readonly runnersLeft: number;
  readonly processesLeft: number;
  readonly hung: boolean;
  /** It ended before its signal: nothing was drained. */
  readonly endedUnasked: boolean;
  readonly story: readonly string[];
}

const DELETE: FaultMatch = { method: 'DELETE', path: /\/actions\/runners\/\d+$/ };
const REST: FaultMatch = { path: /^\/api\/v3\/repos\// };

const spoil = (site: Site, { faults }: Trial): void => {
  const fail = (match: FaultMatch, share: number): void => {
    const answers: Fault[] = [
      { status: 500 },
      { status: 502 },
      rateLimited({ kind: 'secondary', afterS: 1 }),
      'reset',
      'lose-answer',
    ];
    for (const answer of answers) {
      site.github.faults.add({ match, probability: share / answers.length, answer });
    }
  };
  fail(DELETE, faults.deletesFail);
  if (faults.deletesFail > 0) {
    site.github.faults.add({ match: DELETE, probability: 0.2, answer: { status: 422 } });
  }
  fail(REST, faults.othersFail);
};

interface Watched {
  readonly job: QueuedJob;
  acquired: boolean;
  result: string | undefined;
}

const queueJob = (site: Site, label: string, seconds: number): Watched => {
  const job = site.github.queueJob({
    name: `job of ${seconds.toFixed(2)} s`,
    labels: [label],
    steps: [{ run: `sleep ${seconds.toFixed(3)}` }],
  });
  const watched: Watched = { job, acquired: false, result: undefined };
  const note = async (): Promise<void> => {
    await job.acquired;
    watched.acquired = true;
    watched.result = (await job.completed).result;
  };
  note().catch(() => {});
  return watched;
};

const isOnline = (site: Site): boolean =>
  site.github.runners().some(({ status }) => status === 'online');

/** Resolves when the subject serves, or has ended before that. */
const untilServing = async (site: Site, subject: Subject): Promise<void> => {
  const over = new AbortController();
  const end = (): void => over.abort();
  subject.ended.then(end, end);
  while (!over.signal.aborted && !isOnline(site)) await sleep(20);
};

/** How trials are run. */
export interface Manner {
  /** What all times are divided by. */
  readonly factor: number;
  /** A trial that takes longer hangs, in milliseconds. */
  readonly hungMs: number;
  readonly start: (site: Site) => Subject | Promise<Subject>;
}

/** Runs a trial; the site is fit for the next one afterwards. */
export const runTrial = async (
  site: Site,
  trial: Trial,
  { factor, hungMs, start }: Manner,
): Promise<Verdict> => {
  const { github } = site;
  const over = new AbortController();
  const jobs: Watched[] = [];
  /** Does something later, unless the trial is over by then. */
  const later = async (ms: number, work: () => void): Promise<void> => {
    await sleep(Math.max(ms, 0), undefined, { signal: over.signal }).then(work, () => {});
  };
  github.faults.add({
    match: { path: '/_run/acquirejob' },
    delayMs: [0, 3_000 / factor],
  });
  spoil(site, trial);

  const subject = await start(site);
  if (trial.signal.phase === 'serving') await untilServing(site, subject);
  const signalAt =
    trial.signal.phase === 'boot' ? trial.signal.at : Math.max(trial.signal.at, 0) / factor;
  const { outage } = trial.faults;
  if (outage) {
    void later(signalAt - outage.before / factor, () => {
      const rule = { match: REST, forMs: outage.duration / factor, answer: { status: 502 } };
      github.faults.clear();
      github.faults.add(rule);
    });
  }
  for (const { at, duration } of trial.jobs) {
    void later(signalAt + at / factor, () =>
      jobs.push(queueJob(site, LABEL, duration / 1_000 / factor)),
    );
  }
  let asked = false;
  void later(signalAt, () => {
    asked = true;
    subject.signal(trial.signalName);
  });
  const ended = subject.ended.then(
    () => false,
    () => false,
  );
  const hung = await Promise.race([ended, sleep(hungMs, true, { signal: over.signal })]);
  over.abort();
  if (hung) await subject.kill();
  github.faults.clear();
  // What a process says right before its end can still be on its way.
  await sleep(100);
  const lost = jobs.filter(({ acquired, result }) => acquired && result !== 'Succeeded');
  const processes = await runnerProcesses(site);
  const verdict: Verdict = {
    trial,
    jobsAcquired: jobs.filter(({ acquired }) => acquired).length,
    jobsLost: lost.length,
    runnersLeft: github.runners().length,
    processesLeft: processes.length,
    hung,
    endedUnasked: !asked && !hung,
    story: subject.lines,
  };
  await subject.kill();
  await resetSite(site);
  return verdict;
};
