/** Whether `thrown` only says that somebody aborted `signal`. */
export const isAbortOf = (signal: AbortSignal, thrown: unknown): boolean =>
  signal.aborted &&
  (thrown === signal.reason || (thrown instanceof Error && isAbortOf(signal, thrown.cause)));
