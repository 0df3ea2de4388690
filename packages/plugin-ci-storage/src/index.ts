export { ciStorage, type CiStorageOptions } from './ci-storage.ts';
