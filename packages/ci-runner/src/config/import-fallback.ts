import { registerHooks } from 'node:module';

const OURS = /^(?:ci-runner|@ci-runner\/[\w-]+)(?:\/|$)/;

/**
 * Lets a file outside of our node_modules tree, such as /etc/ci-runner/ci-runner.config.ts, import our packages when it
 * has none of its own. NODE_PATH does not help ES modules.
 */
export const registerImportFallback = (): void => {
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!OURS.test(specifier)) throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
};
