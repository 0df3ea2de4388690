import { tryDocker } from '../docker.ts';

/** Whether cases can run on a Docker engine here, or why not. */
export type Engine =
  | { readonly usable: true }
  | { readonly usable: false; readonly reason: string };

/**
 * Looks for an engine. Only root can make base images where no registry answers.
 *
 * @throws Error where CI=true and root: there the cases must not be skipped.
 */
export const findEngine = async (): Promise<Engine> => {
  if (process.getuid?.() !== 0) return { usable: false, reason: 'this is not root' };
  const { code, stderr } = await tryDocker(['version']).catch((error: unknown) => ({
    code: 127,
    stderr: String(error),
  }));
  if (code === 0) return { usable: true };
  const reason = `no engine answers: ${stderr.trim()}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { usable: false, reason };
};
