import { RunnerError, type TapContext } from '@ci-runner/core';
import { storagePathOf, workspaceOf } from './layout.ts';
import { createReport, type PrewarmEnd, type Report } from './report.ts';
import { EMPTY_META, withSlot } from './slot-meta.ts';
import { StorageError } from './storage-error.ts';
import { patiently } from './transport/patiently.ts';
import type { SlotTransport } from './transport/slot-transport.ts';
import { emptyDirectory, makeDirectory, mayHoldPart, rememberMeta } from './work-directory.ts';

/** What to load, and from where. */
export interface PrewarmPlan {
  readonly transport: SlotTransport;
  /** `owner/repo` */
  readonly repository: string;
  readonly storageDirectory: string;
  /** Patterns as rsync has them; what they match is neither loaded nor removed by a load. */
  readonly exclude: readonly string[];
  /** Whether a failure ends the boot. */
  readonly required: boolean;
  /** Is told how it has ended, unless that ends the boot. */
  readonly onEnd: (end: PrewarmEnd) => void;
}

const load = async (
  context: TapContext,
  { transport, repository, storageDirectory, exclude }: PrewarmPlan,
  directory: string,
  report: Report,
): Promise<void> => {
  const realDirectory = await makeDirectory(context, directory);
  const path = storagePathOf(storageDirectory, repository, realDirectory);
  const { signal } = context;
  await transport.connect(signal, (why) =>
    context.log.warn(`prewarm: ${transport.place} does not answer yet (${why}); the boot waits`),
  );
  const [slot] = await transport.list(path, signal);
  if (slot === undefined) {
    await emptyDirectory(context, directory);
    report.empty(path);
    return;
  }
  context.log.info(`prewarm: loading slot ${slot.id} from ${transport.place} into ${directory}`);
  const transferred = await transport.load({
    path,
    slot,
    directory,
    exclude,
    onProgress: (progress) => report.progress(progress),
    signal,
  });
  await rememberMeta(context, directory, withSlot(slot.id, slot.meta ?? EMPTY_META));
  report.loaded(slot.id, transferred);
};

/** Loads until it succeeds or there is no hope; what an attempt has brought is there for the next one. */
const loadPatiently = async (
  context: TapContext,
  ...how: [PrewarmPlan, string, Report]
): Promise<void> =>
  patiently(async () => load(context, ...how), {
    signal: context.signal,
    after: ['interrupted', 'slot-gone'],
    pause: async (ms, signal) => context.clock.sleep(ms, signal),
    onRetry: (why) => context.log.warn(`prewarm: ${why} from where it stopped`),
  });

/** Resolves to why something stays in the directory; undefined when it is empty. */
const emptyAfterFailure = async (
  context: TapContext,
  directory: string,
): Promise<StorageError | undefined> => {
  try {
    await emptyDirectory(context, directory);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
};

const phrase = ({ message, cure }: StorageError): string => `${message}; ${cure}`;

/**
 * Loads the newest slot of the repository into its workspace. Afterwards the workspace holds a whole slot or nothing,
 * unless a warning tells that it could not be emptied.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when the storage or the workspace cannot be used and the plan requires it.
 */
export const prewarm = async (context: TapContext, plan: PrewarmPlan): Promise<void> => {
  const directory = workspaceOf(context.config.workDir, plan.repository);
  const { log, clock } = context;
  const report = createReport({ log, clock, transport: plan.transport, onEnd: plan.onEnd });
  try {
    await loadPatiently(context, plan, directory, report);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const left = await emptyAfterFailure(context, directory);
    const why = [error, ...(left ? [left] : [])].map(phrase).join('; ');
    if (plan.required) throw new RunnerError('SERVICE_UNAVAILABLE', why, { cause: error });
    report.failed(why);
  }
};

/** Empties the workspace where an earlier run was ended in the middle of a load, and none follows. */
export const emptyPart = async (context: TapContext, repository: string): Promise<void> => {
  const directory = workspaceOf(context.config.workDir, repository);
  if (!(await mayHoldPart(directory))) return;
  const left = await emptyAfterFailure(context, directory);
  context.log.warn(
    left
      ? `prewarm: ${phrase(left)}`
      : `prewarm: ${directory} is emptied: an earlier load into it did not end`,
  );
};
