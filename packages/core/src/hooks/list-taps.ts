import type { HookKind, TapInfo } from './hook.ts';
import type { LifecycleHooks } from './lifecycle-hooks.ts';

/** A hook of the lifecycle, and who taps it. */
export interface HookTaps {
  readonly hook: keyof LifecycleHooks;
  readonly kind: HookKind;
  /** How long each tap may take unless it says so itself, in milliseconds; `false` for as long as it needs. */
  readonly deadlineMs: number | false;
  /** In the order in which they begin. */
  readonly taps: readonly TapInfo[];
}

const NEWEST_FIRST: ReadonlySet<HookKind> = new Set(['after', 'close']);

/** Every hook in the order of the lifecycle, with the taps that it has so far. */
export const listTaps = (hooks: LifecycleHooks): readonly HookTaps[] =>
  (Object.keys(hooks) as (keyof LifecycleHooks)[]).map((hook) => {
    const { kind, deadlineMs } = hooks[hook];
    const taps = hooks[hook].taps();
    return { hook, kind, deadlineMs, taps: NEWEST_FIRST.has(kind) ? taps.toReversed() : taps };
  });
