export { ciStorage } from './ci-storage.ts';
export type { CiStorageOptions, SudoOptions } from './options.ts';
export type { PrewarmTrace } from './report.ts';
