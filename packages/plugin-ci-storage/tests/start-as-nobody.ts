import { startProcess, type StartProcess } from '../src/library.ts';

/** The account nobody, on every system. */
export const NOBODY = 65_534;

/** Starts programs as an account that may do nothing special; only root can. */
export const startAsNobody: StartProcess = async ({ command, args, ...rest }) => {
  const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return startProcess({ command: 'setpriv', args: [...identity, command, ...args], ...rest });
};
