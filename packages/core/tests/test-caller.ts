import { systemEffects } from '../src/effects/effects.ts';
import { resolveConfig } from '../src/config/resolve-config.ts';
import type { Caller } from '../src/hooks/guard.ts';
import { createReleaseStack, type ReleaseStack } from '../src/lifecycle/release-stack.ts';
import { createTapContext } from '../src/lifecycle/tap-context.ts';
import { createLogger } from '../src/log/logger.ts';
import { createSecretMask } from '../src/log/mask-secrets.ts';

/** A caller whose contexts acquire real things, and what it saw. */
export interface TestCaller extends Caller {
  readonly releases: ReleaseStack;
  /** What was logged. */
  readonly lines: string[];
}

export interface TestCallerOptions {
  readonly signal?: AbortSignal;
  readonly abortGraceMs?: number;
}

/** Calls hooks as a run does. */
export const testCaller = ({
  signal = new AbortController().signal,
  ...rest
}: TestCallerOptions = {}): TestCaller => {
  const lines: string[] = [];
  const releases = createReleaseStack();
  const log = createLogger({
    style: () => ({ format: 'text' }),
    mask: createSecretMask(),
    write: (line) => lines.push(line),
  });
  const { config } = resolveConfig({}, {});
  const guest = systemEffects.users.current();
  const source = {
    config,
    guest,
    environment: {},
    log,
    effects: systemEffects,
    releases,
    identity: async () => undefined,
    drain: () => false,
  };
  return {
    signal,
    ...rest,
    releases,
    lines,
    contextFor: (plugin, tapSignal) => createTapContext(source, plugin, tapSignal),
  };
};
