import type { Fault } from '../errors/fault.ts';
import { listTaps, type HookTaps } from '../hooks/list-taps.ts';
import { setUpPlugins, surveyPlugins, validatePlugins } from '../plugins/apply-plugins.ts';
import { listPlugins, type ConfigureInput } from './configure.ts';
import { asFault, withMask, withoutRepetition } from './present-faults.ts';

/** Who taps which hook. */
export interface ConfiguredTaps {
  /** Every hook in the order of the lifecycle. */
  readonly hooks: readonly HookTaps[];
  /** Why some plugins were not set up, so that their taps are missing. */
  readonly faults: readonly Fault[];
}

/** Sets up the plugins whose settings have no fault, and lists their taps. No hook is called. */
export const configureTaps = async (
  from: Omit<ConfigureInput, 'boots' | 'effects' | 'callerFor'>,
): Promise<ConfiguredTaps> => {
  const validated = await validatePlugins(listPlugins(from.input), from);
  const failures = await setUpPlugins(validated, from, () => true);
  from.onSecretsKnown();
  const survey = surveyPlugins(validated, from);
  const faults = withoutRepetition([...survey.faults, ...failures.map(asFault)]);
  return { hooks: listTaps(from.hooks), faults: faults.map(withMask(from.mask)) };
};
