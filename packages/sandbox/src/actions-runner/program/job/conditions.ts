/** How the job stands when a step's turn comes. */
export interface JobStatus {
  readonly failed: boolean;
  readonly cancelled: boolean;
}

const CONDITIONS: Record<string, (status: JobStatus) => boolean> = {
  'always()': () => true,
  'cancelled()': ({ cancelled }) => cancelled,
  'failure()': ({ failed, cancelled }) => failed && !cancelled,
  'success()': ({ failed, cancelled }) => !failed && !cancelled,
};

/** Whether a step's `if` holds. @throws Error for an expression other than one status function. */
export function holds(condition: string, status: JobStatus): boolean {
  const test = CONDITIONS[condition.trim() || 'success()'];
  if (test === undefined) throw new Error(`The expression is not supported: '${condition}'.`);
  return test(status);
}
