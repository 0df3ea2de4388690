import { stockSample, type MetricName, type Sample } from '@ci-runner/core';
import type { PrewarmEnd } from './report.ts';

/** What a prewarm has measured. */
export const prewarmSamples = ({ outcome, files, bytes, ms, at }: PrewarmEnd): Sample[] => {
  const sample = (name: MetricName, value: number): Sample =>
    stockSample(name, { value, at, dimensions: { Outcome: outcome } });
  return [
    sample('PrewarmSeconds', ms / 1_000),
    sample('PrewarmFiles', files),
    sample('PrewarmBytes', bytes),
  ];
};
