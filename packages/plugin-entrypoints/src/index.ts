export { createEntrypoints, entrypoints } from './entrypoints.ts';
export { findScripts } from './find-scripts.ts';
export type {
  EntrypointLog,
  GuestEntrypoint,
  GuestEntrypointContext,
  RootEntrypoint,
  RootEntrypointContext,
  RunOptions,
  RunProgram,
} from './modules/entrypoint-types.ts';
export type { EntrypointsOptions } from './settings.ts';
