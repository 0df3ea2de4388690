/** As a shell puts it: 128 and the number of the signal. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type SignalName = keyof typeof SIGNAL_CODES;

/**
 * Does the work of a script, which resolves to its exit code. A signal aborts the work; what that leaves to clean up is
 * cleaned up before the script ends with the code of the first signal.
 */
export const runScript = async (work: (signal: AbortSignal) => Promise<number>): Promise<void> => {
  const end = new AbortController();
  let endedBy: SignalName | undefined;
  for (const name of Object.keys(SIGNAL_CODES) as SignalName[]) {
    process.on(name, () => {
      endedBy ??= name;
      end.abort(new Error(`ended by ${name}`));
    });
  }
  try {
    process.exitCode = await work(end.signal);
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
  if (endedBy !== undefined) process.exitCode = SIGNAL_CODES[endedBy];
};
