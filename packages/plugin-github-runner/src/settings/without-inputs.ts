type Variables = Readonly<Record<string, string>>;

/** The actions-runner takes these for its own arguments, in any case (CommandSettings.cs). */
const INPUT = /^ACTIONS_RUNNER_INPUT_/i;

/**
 * The variables without those that would be arguments of the actions-runner: one of them could make a persistent runner
 * ephemeral, or win over our token.
 */
export const withoutInputs = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !INPUT.test(name)));
