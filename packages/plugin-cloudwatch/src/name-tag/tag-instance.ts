import { describeError, type Logger } from '@ci-runner/core';
import { Ec2Error } from '../aws/ec2-query.ts';
import { readTags, writeTags, type TaggedInstance } from '../aws/instance-tags.ts';
import { nameWithTimes, type BootSeconds } from './name-with-times.ts';

/** What {@link tagInstance} needs. */
export interface NameTagSpec {
  readonly instance: TaggedInstance;
  /** Milliseconds since the epoch. */
  readonly hostBootAt: number;
  readonly seconds: BootSeconds;
  readonly log: Logger;
}

/** Holds the boot whose times stand in the name: containers of one instance, and later ones, share nothing else. */
export const BOOT_TAG = 'ci-storage:boot';

const tellFailure = (log: Logger, error: unknown): void => {
  if (error instanceof Ec2Error && error.code === 'UnauthorizedOperation') {
    log.info(
      'the Name tag of this instance does not tell how long its boot took: its role lacks ec2:DescribeTags or ec2:CreateTags (CI_RUNNER_NAME_TAG=false does without)',
    );
  } else {
    log.warn(
      `the Name tag of this instance does not tell how long its boot took: ${describeError(error)}`,
    );
  }
};

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.name === 'TimeoutError';

/** Appends to the Name tag of the instance how long its boot took, once for every boot. Never rejects. */
export const tagInstance = async ({
  instance,
  hostBootAt,
  seconds,
  log,
}: NameTagSpec): Promise<void> => {
  try {
    const boot = String(Math.round(hostBootAt / 1_000));
    const tags = await readTags(instance);
    if (tags[BOOT_TAG] === boot) return;
    const Name = nameWithTimes(tags['Name'] ?? '', seconds);
    await writeTags({ Name, [BOOT_TAG]: boot }, instance);
    log.info(`the Name tag of this instance is ${JSON.stringify(Name)} now`);
  } catch (error) {
    if (!instance.signal.aborted || isTimeout(error)) tellFailure(log, error);
  }
};
