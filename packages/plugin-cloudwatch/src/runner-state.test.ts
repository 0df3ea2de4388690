import { describe, expect, it } from 'vitest';
import { samplesOf, type RunnerState, type SampleInput } from './runner-state.ts';

const INPUT: SampleInput = { now: 1_700_000_060_500, bootTime: undefined, repository: 'octo/app' };
const IDLE: RunnerState = { registeredAt: 1_700_000_000_000 };

const valuesOf = (state: RunnerState, input: SampleInput = INPUT): Record<string, number> =>
  Object.fromEntries(samplesOf(state, input).map(({ name, value }) => [name, value]));

describe('samplesOf', () => {
  it('knows nothing of a runner before it is registered', () => {
    expect(valuesOf({ ...IDLE, registeredAt: undefined })).toEqual({});
  });

  it('counts seconds since the registration', () => {
    expect(valuesOf(IDLE)).toEqual({ RunnerUptimeSec: 60 });
  });

  it('adds the uptime of the host when its boot time is known', () => {
    expect(valuesOf(IDLE, { ...INPUT, bootTime: 1_699_999_960 })).toMatchObject({
      InstanceUptimeSec: 100,
    });
  });

  it('gives every sample its repository', () => {
    for (const sample of samplesOf(IDLE, INPUT)) {
      expect(sample).toMatchObject({ dimensions: { GH_REPOSITORY: 'octo/app' }, at: INPUT.now });
    }
  });
});
