import { registerHooks } from 'node:module';

const OURS = /^(?:ci-runner|@ci-runner\/[\w-]+)(?:\/|$)/;

/**
 * Lets modules that have no packages of ours beside them import those that one of these files, given as URLs, can import. The
 * command does the same for the supervisor.
 */
export const registerImporters = (importers: readonly string[]): void => {
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!OURS.test(specifier)) throw error;
        for (const parentURL of importers) {
          try {
            return nextResolve(specifier, { ...context, parentURL });
          } catch {
            // The next one may know it.
          }
        }
        throw error;
      }
    },
  });
};
