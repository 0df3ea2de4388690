export { createPlugin, type NewPlugin } from './create-plugin.ts';
export { CreationError } from './creation-error.ts';
export { readVersions } from './manifest.ts';
