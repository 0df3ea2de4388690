import type { Handler, PluginHooks, TapOptions, Tappable } from '@ci-runner/core';
import { describeThrown, placeThrown } from './thrown.ts';

type AnyHandler = Handler<unknown, unknown>;
type AnyTappable = Tappable<never, unknown, unknown>;

const naming =
  (handler: AnyHandler, path: string): AnyHandler =>
  async (payload, context) => {
    try {
      return await handler(payload, context);
    } catch (cause) {
      throw new Error(placeThrown(path, describeThrown(cause, path)), { cause });
    }
  };

/** The hooks as a module sees them: what its handlers throw names the module, next to the plugin. */
export const namedHooks = (hooks: PluginHooks, path: string): PluginHooks =>
  Object.fromEntries(
    Object.entries(hooks).map(([name, hook]) => {
      const tappable = hook as unknown as AnyTappable;
      const tapNamed = (first: TapOptions | AnyHandler, second?: AnyHandler): void => {
        if (typeof first === 'function') tappable.tap(naming(first, path));
        else if (second) tappable.tap(first, naming(second, path));
      };
      return [name, { ...hook, tap: tapNamed }];
    }),
  ) as unknown as PluginHooks;
