import { stockSample, type Sample } from '@ci-runner/core';
import type { InstalledRelease } from './updater.ts';

/** The age of what is installed, where it is known. */
export const releaseSamples = (
  release: InstalledRelease | undefined,
  now: number,
): readonly Sample[] =>
  release?.ageDays === undefined
    ? []
    : [stockSample('RunnerReleaseAgeDays', { value: release.ageDays, at: now })];
