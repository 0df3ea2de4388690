export { createEntrypoints, entrypoints } from './entrypoints.ts';
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
